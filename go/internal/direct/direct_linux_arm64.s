#include "funcdata.h"
#include "textflag.h"

// As direct_linux_amd64.s, with the registers of arm64: C takes its arguments in R0 to R3,
// gives its result in R0, and leaves R19 to R29 as they were. The return address lies at the
// lower end of the frame, where the room for C ends. Go's own register, g, is one of those that
// C keeps but may use meanwhile; a signal handler takes g from the thread's own storage, as in
// every program with cgo.

// To the upper end of the room, and back. By way of R24, because the assembler counts what is
// added to RSP itself, and would unwind by a wrong size where the stack is made to grow.
#define ENTER_C \
	MOVD	RSP, R19 \
	ADD	$2032, R19, R24 \
	MOVD	R24, RSP
#define LEAVE_C \
	MOVD	R19, RSP

// func Bool(fn uintptr) bool
TEXT ·Bool(SB), 0, $2048-9
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	ENTER_C
	BL	(R9)
	LEAVE_C
	MOVB	R0, ret+8(FP)
	RET

// func Sized(fn, n uintptr, name string) unsafe.Pointer
TEXT ·Sized(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	n+8(FP), R0
	MOVD	name_base+16(FP), R1
	MOVD	name_len+24(FP), R2
	ENTER_C
	BL	(R9)
	LEAVE_C
	MOVD	R0, ret+32(FP)
	RET

// func SizedOrCode(fn, code, n uintptr, name string) (unsafe.Pointer, int32)
TEXT ·SizedOrCode(SB), 0, $2048-52
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	code+8(FP), R20
	MOVD	n+16(FP), R0
	MOVD	name_base+24(FP), R1
	MOVD	name_len+32(FP), R2
	ENTER_C
	BL	(R9)
	MOVD	R0, R21
	MOVD	ZR, R0
	CBNZ	R21, done
	BL	(R20)
done:
	LEAVE_C
	MOVD	R21, ret+40(FP)
	MOVW	R0, ret1+48(FP)
	RET

// func Range(fn uintptr, v unsafe.Pointer, n uintptr)
TEXT ·Range(SB), 0, $2048-24
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	v+8(FP), R0
	MOVD	n+16(FP), R1
	ENTER_C
	BL	(R9)
	LEAVE_C
	RET

// func RangeCode(fn, code uintptr, v unsafe.Pointer, n uintptr) int32
TEXT ·RangeCode(SB), 0, $2048-36
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R20
	MOVD	code+8(FP), R21
	MOVD	v+16(FP), R22
	MOVD	n+24(FP), R23
	ENTER_C
	BL	(R21)
	MOVD	R22, R0
	MOVD	R23, R1
	BL	(R20)
	BL	(R21)
	LEAVE_C
	MOVW	R0, ret+32(FP)
	RET

// func RangeNamed(fn uintptr, v unsafe.Pointer, n uintptr, name string)
TEXT ·RangeNamed(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	v+8(FP), R0
	MOVD	n+16(FP), R1
	MOVD	name_base+24(FP), R2
	MOVD	name_len+32(FP), R3
	ENTER_C
	BL	(R9)
	LEAVE_C
	RET

// func Placed(fn uintptr, v unsafe.Pointer, n uintptr, name string) unsafe.Pointer
TEXT ·Placed(SB), 0, $2048-48
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	v+8(FP), R0
	MOVD	n+16(FP), R1
	MOVD	name_base+24(FP), R2
	MOVD	name_len+32(FP), R3
	ENTER_C
	BL	(R9)
	LEAVE_C
	MOVD	R0, ret+40(FP)
	RET

// func Aligned(fn, size, align uintptr) (p unsafe.Pointer, reserved uintptr)
TEXT ·Aligned(SB), 0, $2048-40
	NO_LOCAL_POINTERS
	MOVD	fn+0(FP), R9
	MOVD	size+8(FP), R0
	MOVD	align+16(FP), R1
	ENTER_C
	// What C writes to is above what it may use.
	SUB	$16, R24
	MOVD	R24, RSP
	MOVD	R24, R2
	BL	(R9)
	MOVD	0(RSP), R3
	LEAVE_C
	MOVD	R0, p+24(FP)
	MOVD	R3, reserved+32(FP)
	RET
