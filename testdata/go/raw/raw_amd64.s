#include "textflag.h"

// C wants these back as they were; BP is kept by the assembler.
#define KEEP \
	MOVQ	BX, 24(SP); \
	MOVQ	R12, 32(SP); \
	MOVQ	R13, 40(SP); \
	MOVQ	R14, 48(SP); \
	MOVQ	R15, 56(SP)
#define GIVE_BACK \
	MOVQ	24(SP), BX; \
	MOVQ	32(SP), R12; \
	MOVQ	40(SP), R13; \
	MOVQ	48(SP), R14; \
	MOVQ	56(SP), R15

TEXT ·allocFromC(SB),NOSPLIT,$64-0
	KEEP
	MOVQ	DI, 0(SP)
	CALL	·alloc(SB)
	MOVQ	8(SP), AX
	GIVE_BACK
	RET

TEXT ·freeFromC(SB),NOSPLIT,$64-0
	KEEP
	MOVQ	DI, 0(SP)
	MOVQ	SI, 8(SP)
	CALL	·free(SB)
	GIVE_BACK
	RET

// func Addresses() (allocate, release uintptr)
TEXT ·Addresses(SB),NOSPLIT,$0-16
	LEAQ	·allocFromC(SB), AX
	MOVQ	AX, allocate+0(FP)
	LEAQ	·freeFromC(SB), AX
	MOVQ	AX, release+8(FP)
	RET
