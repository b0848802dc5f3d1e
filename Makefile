# `make help` lists what can be asked for.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
GO ?= go
PREFIX ?= /usr/local
DESTDIR ?=

# The machine that the library is made for, as `make archive TARGET=x86_64` says, and as Go
# names it.
TARGET = x86_64
arch_x86_64 := amd64
ARCH := $(or $(arch_$(TARGET)),$(error TARGET is $(TARGET); gosbrk can be made for x86_64))
archive := target/release/libgosbrk.a
syso := target/release/gosbrk_linux_$(ARCH).syso

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

# The Go releases whose source is compared with, one of each since 1.21, and those
# whose runtime is, in a running program.
releases := all
runtimes := 1.27.3,1.26.6,1.25.5,1.24.11,1.23.9
traces := $(foreach trace,$(wildcard testdata/traces/*.gz),-trace ../$(trace))

.PHONY: run
run: needs lib ## The main job: gosbrk against Go's source, Go's runtime and real programs
	@cd go && $(GO) run ./cmd/lockstep -release $(releases) -least 3 -ops 1000000 \
		-runtime $(runtimes) -runtime-ops 100000 $(traces)

.PHONY: test
test: needs ## Everything a change must pass
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
bench-record: archive ## What recording costs a call of the C library; PROGRAMS='...' too
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
archive: ## target/release/libgosbrk.a alone, for C programs, and its copy in go/
	@tools/need.sh $(CARGO) ld objcopy nm ar
	@$(CARGO) rustc --quiet --locked --lib --profile object --features object \
		--crate-type staticlib
	@mkdir -p target/release
	@tools/archive.sh $(ARCH) target/object/libgosbrk.a $(archive) go

# What the command puts into a Go root.
.PHONY: object
object: ## target/release/gosbrk_linux_amd64.syso alone, for the command
	@CARGO=$(CARGO) tools/object.sh $(ARCH) $(syso)

.PHONY: lib
lib: archive object ## The library: target/release/libgosbrk.a, header include/gosbrk.h
	@$(CARGO) build --quiet --locked --release --package gosbrk-command
	@echo "$(archive) include/gosbrk.h"

.PHONY: dist
dist: needs archive object ## target/dist: what users get who have no Rust, and its SHA256SUMS
	@CARGO=$(CARGO) GO=$(GO) tools/dist.sh $(ARCH) target/dist

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

.PHONY: test-loom
test-loom: ## The lock, in every order that two threads can come in, and random ones of more
	@$(CARGO) test --quiet --locked --package gosbrk-loom
