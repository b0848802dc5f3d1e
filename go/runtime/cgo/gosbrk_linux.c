// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

//go:build amd64 || arm64

// What C code costs in address space: the C stacks of the threads that Go starts, and
// the arenas of glibc's malloc.
//
// The command gosbrk puts a line before this file that defines GOSBRK_CSTACK: the bytes
// of a C stack where nobody asks for others, or 0 for the system's own default.

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // secure_getenv
#endif

#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// The bounds of GOSBRK=cstack, as the library has them.
#define LEAST ((uint64_t)64 << 10)
#define MOST ((uint64_t)1 << 30)

// Who decided how large a C stack is, as the library and the runtime number them: the
// C library, the layout, GOSBRK=cstack, or ulimit -s.
enum whose { LIBC, LAYOUT, SETTING, ULIMIT };

// gosbrkCCode of the runtime.
struct c_code {
	uintptr_t stack;  // asked for; 0: the C library's default. Answer: what threads get
	uintptr_t whose;  // who asked for it. Answer: who decided
	uintptr_t arenas; // at most so many arenas of malloc; 0: as many as it likes
	uintptr_t tls;    // answer: bytes of the stack that are not for frames
};

// Bytes of the stack of each thread that Go starts, its thread-local variables included; 0:
// the system's default.
// The first thread writes it before Go starts another one.
static size_t stack_size;

#ifdef __x86_64__
#define PAGE ((size_t)4096)
#else
#define PAGE ((size_t)getpagesize())
#endif

#ifdef __GLIBC__
static int
add_tls(struct dl_phdr_info *object, size_t size, void *sum)
{
	int i;

	(void)size;
	for (i = 0; i < object->dlpi_phnum; i++) {
		if (object->dlpi_phdr[i].p_type == PT_TLS) {
			*(size_t*)sum += object->dlpi_phdr[i].p_memsz;
		}
	}
	return 0;
}
#endif

// Whole pages of thread-local variables. glibc takes them out of the stack, so that
// a program with many of them would start no thread on a small one. Those of libraries
// that are loaded later it has elsewhere.
//
// Not to be called for each thread: it takes a lock, and C code that holds it may wait for
// Go code that needs a thread.
static size_t
tls_pages(void)
{
	size_t sum = 0;

#ifdef __GLIBC__
	dl_iterate_phdr(add_tls, &sum);
#endif
	return sum / PAGE * PAGE;
}

// Makes of what was asked for what the threads get, and says so. A lower ulimit -s wins.
static void
choose_stack(struct c_code *code)
{
	pthread_attr_t attr;
	struct rlimit limit;
	size_t usual = 0;
	size_t most = 0;

	pthread_attr_init(&attr);
	pthread_attr_getstacksize(&attr, &usual);
	pthread_attr_destroy(&attr);
	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < MOST) {
		most = (limit.rlim_cur + PAGE - 1) / PAGE * PAGE;
	}
#ifndef __GLIBC__
	// musl's default is small, unless somebody has set another one when the program
	// was linked (-z stack-size).
	if (code->whose == LAYOUT && usual > code->stack) {
		code->stack = 0;
	}
#endif
	if (code->stack == 0) {
		code->stack = usual;
		// glibc's default is the limit, if there is one.
		code->whose = most == usual ? ULIMIT : LIBC;
		code->tls = tls_pages();
		return;
	}
	if (most != 0 && most < code->stack) {
		code->stack = most;
		code->whose = ULIMIT;
	}
	__atomic_store_n(&stack_size, code->stack + tls_pages(), __ATOMIC_RELAXED);
}

// Called by _cgo_sys_thread_start for each thread that Go starts.
__attribute__((visibility("hidden"))) void
gosbrk_thread(pthread_attr_t *attr)
{
	size_t size = __atomic_load_n(&stack_size, __ATOMIC_RELAXED);

	// A size that the C library finds too small leaves its default, which has the
	// same limit.
	if (size != 0) {
		pthread_attr_setstacksize(attr, size);
	}
}

// Reads a size such as 65536, 0x10000, 64K or 1M. 0: that is none, or not one that the
// library accepts.
static uintptr_t
size_of(const char *text)
{
	char *end;
	uint64_t size;
	int shift = 0;

	if (*text < '0' || *text > '9') {
		return 0;
	}
	size = strtoull(text, &end, text[0] == '0' && (text[1] | 32) == 'x' ? 16 : 10);
	switch (*end | 32) {
	case 'k': shift = 10; break;
	case 'm': shift = 20; break;
	case 'g': shift = 30; break;
	}
	end += shift != 0;
	if ((*end != 0 && *end != ',') || size > MOST >> shift || size << shift < LEAST) {
		return 0;
	}
	return size << shift;
}

// Called by x_cgo_sys_thread_create for the thread that begins the runtime of a library
// for C programs. That has not read GOSBRK yet, so the setting is looked for here; if
// there is anything wrong with it, the runtime says so in a moment.
__attribute__((visibility("hidden"))) void
gosbrk_first_thread(pthread_attr_t *attr)
{
	struct c_code code = { .stack = GOSBRK_CSTACK, .whose = LAYOUT };
	const char *text = secure_getenv("GOSBRK");

	while (text != NULL) {
		text += *text == ',';
		if (strncmp(text, "cstack=", 7) == 0) {
			code.stack = size_of(text + 7);
			code.whose = SETTING;
		}
		text = strchr(text, ',');
	}
	if (code.stack != 0) {
		choose_stack(&code);
		gosbrk_thread(attr);
	}
}

// Called by the runtime when it has read GOSBRK, before it starts a thread.
__attribute__((visibility("hidden"))) void
x_gosbrk_c_code(struct c_code *code)
{
	choose_stack(code);
#ifdef M_ARENA_MAX // glibc
	if (code->arenas != 0) {
		mallopt(M_ARENA_MAX, (int)code->arenas);
	}
#endif
}
