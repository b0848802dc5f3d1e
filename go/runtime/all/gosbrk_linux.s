// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

#include "textflag.h"

// The library's functions as addresses for asmcgocall, which comes here with
// the argument in DI or R0, on the system stack, aligned as C has it. A jump because
// the linker can place it in every build mode.

TEXT ·gosbrkRuntimeInit(SB),NOSPLIT|NOFRAME,$0-0
	JMP	gosbrk_runtime_init(SB)

TEXT ·gosbrkRuntime(SB),NOSPLIT|NOFRAME,$0-0
	JMP	gosbrk_runtime(SB)

TEXT ·gosbrkStackFull(SB),NOSPLIT|NOFRAME,$0-0
	JMP	gosbrk_runtime_stack_full(SB)
