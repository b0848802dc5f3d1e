#include "funcdata.h"
#include "textflag.h"

// Every function here has 2048 bytes of frame, of which it uses none: they are for the C
// function. Not being NOSPLIT, it begins with the check that makes the goroutine's stack
// grow if they are not there. C takes its arguments in DI, SI, DX, CX, gives its result
// in AX, wants SP to be a multiple of 16 at a call, and leaves BX, BP and R12 to R15 as
// they were. Go's own registers, R14 and X15, are set again by who calls from Go into
// assembly.
//
// Nobody unwinds the stack through these frames while SP is somewhere else: the assembler
// marks functions that write to SP, and a profiler's walk ends at them; goroutines are
// not preempted in assembly; and C code is no Go code to a signal handler.

// To the upper end of the room, and back. Between them FP may not be used.
#define ENTER_C \
	MOVQ	SP, BX \
	ADDQ	$2048, SP \
	ANDQ	$~15, SP
#define LEAVE_C \
	MOVQ	BX, SP

// func Bool(fn uintptr) bool
TEXT ·Bool(SB), 0, $2048-9
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	ENTER_C
	CALL	AX
	LEAVE_C
	MOVB	AX, ret+8(FP)
	RET

// func Sized(fn, n uintptr, name string) unsafe.Pointer
TEXT ·Sized(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	n+8(FP), DI
	MOVQ	name_base+16(FP), SI
	MOVQ	name_len+24(FP), DX
	ENTER_C
	CALL	AX
	LEAVE_C
	MOVQ	AX, ret+32(FP)
	RET

// func SizedOrCode(fn, code, n uintptr, name string) (unsafe.Pointer, int32)
TEXT ·SizedOrCode(SB), 0, $2048-52
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	code+8(FP), R12
	MOVQ	n+16(FP), DI
	MOVQ	name_base+24(FP), SI
	MOVQ	name_len+32(FP), DX
	ENTER_C
	CALL	AX
	MOVQ	AX, R13
	XORL	AX, AX
	TESTQ	R13, R13
	JNE	done
	CALL	R12
done:
	LEAVE_C
	MOVQ	R13, ret+40(FP)
	MOVL	AX, ret1+48(FP)
	RET

// func Range(fn uintptr, v unsafe.Pointer, n uintptr)
TEXT ·Range(SB), 0, $2048-24
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	v+8(FP), DI
	MOVQ	n+16(FP), SI
	ENTER_C
	CALL	AX
	LEAVE_C
	RET

// func RangeCode(fn, code uintptr, v unsafe.Pointer, n uintptr) int32
TEXT ·RangeCode(SB), 0, $2048-36
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), R12
	MOVQ	code+8(FP), R13
	ENTER_C
	CALL	R13
	LEAVE_C
	MOVQ	v+16(FP), DI
	MOVQ	n+24(FP), SI
	ENTER_C
	CALL	R12
	CALL	R13
	LEAVE_C
	MOVL	AX, ret+32(FP)
	RET

// func RangeNamed(fn uintptr, v unsafe.Pointer, n uintptr, name string)
TEXT ·RangeNamed(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	v+8(FP), DI
	MOVQ	n+16(FP), SI
	MOVQ	name_base+24(FP), DX
	MOVQ	name_len+32(FP), CX
	ENTER_C
	CALL	AX
	LEAVE_C
	RET

// func Placed(fn uintptr, v unsafe.Pointer, n uintptr, name string) unsafe.Pointer
TEXT ·Placed(SB), 0, $2048-48
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	v+8(FP), DI
	MOVQ	n+16(FP), SI
	MOVQ	name_base+24(FP), DX
	MOVQ	name_len+32(FP), CX
	ENTER_C
	CALL	AX
	LEAVE_C
	MOVQ	AX, ret+40(FP)
	RET

// func Aligned(fn, size, align uintptr) (p unsafe.Pointer, reserved uintptr)
TEXT ·Aligned(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVQ	fn+0(FP), AX
	MOVQ	size+8(FP), DI
	MOVQ	align+16(FP), SI
	ENTER_C
	// What C writes to is above what it may use.
	SUBQ	$16, SP
	MOVQ	SP, DX
	CALL	AX
	MOVQ	0(SP), CX
	LEAVE_C
	MOVQ	AX, p+24(FP)
	MOVQ	CX, reserved+32(FP)
	RET
