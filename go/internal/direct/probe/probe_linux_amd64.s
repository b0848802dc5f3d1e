#include "textflag.h"

#define NOISE $0x5a5a5a5a5a5a5a5a

// func Witness() uintptr
TEXT ·Witness(SB), NOSPLIT, $0-8
	LEAQ	witness<>(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT witness<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	SP, ·Last+0(SB)
	MOVQ	(TLS), AX
	MOVQ	0(AX), AX	// a g begins with its stack's lower end
	MOVQ	AX, ·Last+8(SB)
	MOVQ	DI, ·Last+16(SB)
	MOVQ	SI, ·Last+24(SB)
	MOVQ	DX, ·Last+32(SB)
	MOVQ	CX, ·Last+40(SB)
	MOVQ	NOISE, CX
	MOVQ	CX, DX
	MOVQ	CX, SI
	MOVQ	CX, DI
	MOVQ	CX, R8
	MOVQ	CX, R9
	MOVQ	CX, R10
	MOVQ	CX, R11
	MOVQ	CX, X0
	MOVQ	CX, X1
	MOVQ	CX, X2
	MOVQ	CX, X3
	MOVQ	CX, X4
	MOVQ	CX, X5
	MOVQ	CX, X6
	MOVQ	CX, X7
	MOVQ	CX, X8
	MOVQ	CX, X9
	MOVQ	CX, X10
	MOVQ	CX, X11
	MOVQ	CX, X12
	MOVQ	CX, X13
	MOVQ	CX, X14
	MOVQ	CX, X15
	LEAQ	·Last(SB), AX
	RET

// func Store() uintptr
TEXT ·Store(SB), NOSPLIT, $0-8
	LEAQ	store<>(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT store<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	DI, 0(DX)
	MOVQ	SI, R8
	LEAQ	-1024(SP), DI
	MOVQ	$128, CX
	MOVQ	NOISE, AX
	REP
	STOSQ
	MOVQ	R8, AX
	RET

// func Null() uintptr
TEXT ·Null(SB), NOSPLIT, $0-8
	LEAQ	null<>(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT null<>(SB), NOSPLIT|NOFRAME, $0-0
	XORL	AX, AX
	RET

// func Count() uintptr
TEXT ·Count(SB), NOSPLIT, $0-8
	LEAQ	count<>(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT count<>(SB), NOSPLIT|NOFRAME, $0-0
	MOVQ	counted<>(SB), AX
	INCQ	counted<>(SB)
	RET

GLOBL counted<>(SB), NOPTR, $8
