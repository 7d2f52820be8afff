# breakeven: one Makefile for everything. `make help` lists what it does.
#
# Objects live under build/<variant>: release, asan (address and undefined behaviour), tsan (threads), arm (`make arm`).
# Every goal first calls ./setup, which installs what the machine lacks and is silent when nothing is.

VARIANT ?= release
PREFIX  ?= /usr/local
SHARED  ?= ../shared
B       := build/$(VARIANT)
ifeq ($(origin CC),default)
CC      := gcc
endif

# As many jobs as there are cores, unless the caller said a number.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
export SHARED

# One short line per step; V=1 shows the commands.
V ?= 0
Q := $(if $(filter 0,$(V)),@)
said = $(if $(filter 0,$(V)),@echo "  $(1)")

LIBS     := libmicrohttpd sqlite3 libcjson zlib libprotobuf-c
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
CPPFLAGS := -I. -Ibuild/made -D_GNU_SOURCE
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS_arm     := $(CFLAGS_release)
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
CFLAGS   := -std=gnu11 $(WARN) $(CFLAGS_$(VARIANT)) -pthread
LDFLAGS  := $(filter -fsanitize%,$(CFLAGS_$(VARIANT))) $(LDFLAGS_$(VARIANT)) -pthread
LDLIBS    = $(shell pkg-config --libs $(LIBS)) -lm -ldl

MODELS     := $(wildcard models/*/*.c)
COLLECTORS := $(wildcard collectors/*.c)
HOUSE      := $(filter-out daemon/base/mkembed.c,$(wildcard daemon/*/*.c))
PROGRAM    := $(wildcard daemon/*.c)
UNIT       := $(wildcard tests/unit/test_*.c)
UNIT_SHARE := $(filter-out $(UNIT),$(wildcard tests/unit/*.c))
BENCH_SHARE := $(patsubst %,tests/bench/%.c,rows measure served bare load)
BENCH      := $(filter-out $(BENCH_SHARE),$(wildcard tests/bench/*.c))

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

##@ Use
.PHONY: all run
all: $(B)/breakeven ## build the program (this is what plain `make` does)

# The format is recognised by the file's content; FORMAT= names a collector.
FORMAT ?= auto
run: all ## build, then serve a demo and print its address; FILE=usage.csv: import that file into your own ledger and serve it
ifdef FILE
	@$(B)/breakeven collect $(FORMAT) "$(FILE)"
	@exec $(B)/breakeven serve $(if $(LISTEN),--listen $(LISTEN))
else
	@exec $(B)/breakeven demo $(if $(LISTEN),--listen $(LISTEN))
endif

# ---- what must be on the machine, and which goals need more than a build
NEEDS := build \
	$(if $(filter unit check asan tsan programs,$(MAKECMDGOALS)),unit) $(if $(filter test,$(MAKECMDGOALS)),test lint $(if $(CI),peer)) \
	$(if $(filter lint%,$(MAKECMDGOALS)),lint) $(if $(filter bench,$(MAKECMDGOALS)),bench) $(if $(filter fuzz%,$(MAKECMDGOALS)),fuzz)
.PHONY: ready
ready:
	@./setup $(NEEDS)

# ---- objects and archives; a change of flags or of an archive's members is seen through the .is files
.PHONY: FORCE
FORCE:
is = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' >$@

$(B)/flags.is: FORCE
	$(call is,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))
$(B)/libmodels.is: FORCE
	$(call is,$(MODELS))
$(B)/libcollectors.is: FORCE
	$(call is,$(COLLECTORS))
$(B)/libhouse.is: FORCE
	$(call is,$(HOUSE))
$(B)/program.is: FORCE
	$(call is,$(PROGRAM))
$(B)/embed.is: FORCE
	$(call is,$(EMBED))

# The microbenchmark is to find the machine's limit and not the compiler's.
$(B)/obj/daemon/bench/%.o: CFLAGS += $(if $(filter release arm,$(VARIANT)),-O3)
# Some of its kernels are compiled for newer Arm processors than the rest, and chosen where they run.
ifneq ($(filter aarch64%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
$(B)/obj/daemon/bench/kernels_neondot.o: CFLAGS += -march=armv8.2-a+dotprod
$(B)/obj/daemon/bench/kernels_neonmatrix.o: CFLAGS += -march=armv8.2-a+dotprod+i8mm+bf16
endif

$(B)/obj/%.o: %.c $(B)/flags.is | ready
	@mkdir -p $(@D)
	$(call said,cc    $@)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Readers of protobuf are made from its description; what the tool writes is compiled without our own warnings.
MADE := build/made/otlp.pb-c.h build/made/otlp.pb-c.c
$(MADE) &: collectors/otlp.proto | ready
	@mkdir -p build/made
	$(call said,protoc $<)
	$(Q)protoc-c --c_out=build/made --proto_path=collectors otlp.proto
$(B)/obj/made/%.o: build/made/%.c $(B)/flags.is | ready
	@mkdir -p $(@D)
	$(call said,cc    $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(WARN),$(CFLAGS)) -c -o $@ $<
$(B)/obj/collectors/otlp_protobuf.o: build/made/otlp.pb-c.h

$(B)/libmodels.a: $(call obj,$(MODELS))
$(B)/libcollectors.a: $(call obj,$(COLLECTORS)) $(B)/obj/made/otlp.pb-c.o
$(B)/libhouse.a: $(call obj,$(HOUSE)) $(B)/obj/embedded.o
$(B)/%.a: $(B)/%.is | ready
	@rm -f $@
	$(call said,ar    $@)
	$(Q)ar rcs $@ $(filter %.o,$^)

ARCHIVES := $(B)/libhouse.a $(B)/libcollectors.a $(B)/libmodels.a
link = $(Q)$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS)

$(B)/breakeven: $(call obj,$(PROGRAM)) $(ARCHIVES) $(B)/program.is
	$(call said,link  $@)
	$(link)

# ---- what the page is served with: from npm by lock file, copied once; no network is needed afterwards
VENDOR := web/vendor/chart.umd.min.js web/vendor/LICENSES.txt
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null

$(VENDOR) &: web/package-lock.json | ready
	@echo "npm ci: Chart.js into web/vendor"
	@rm -rf build/npm && mkdir -p build/npm web/vendor
	@cp web/package.json web/package-lock.json web/.npmrc build/npm/
	@cd build/npm && $(NPM_CI)
	@for p in chart.js @kurkle/color; do echo "$$p"; echo; cat build/npm/node_modules/$$p/LICENSE.md; echo; done >web/vendor/LICENSES.txt
	@cp build/npm/node_modules/chart.js/dist/chart.umd.min.js web/vendor/
	@touch $(VENDOR) && rm -rf build/npm

TEST_PACKAGES := tests/web/node_modules/.complete tests/peers/node_modules/.complete
$(TEST_PACKAGES): tests/%/node_modules/.complete: tests/%/package-lock.json | ready
	@echo "npm ci: what the tests of tests/$* need into tests/$*/node_modules"
	@cd tests/$* && $(NPM_CI)
	@touch $@

# The engine that the microbenchmark is compared with and `bench endpoint` is tried on: skipped, and said so, where it
# cannot be had.
PEER := build/peer/.tried
$(PEER): tests/bench/peer/package-lock.json | ready
	@echo "npm ci: llama.cpp's libraries, which benchmarks are compared with and tried on, into build/peer"
	@rm -rf build/peer && mkdir -p build/peer
	@cp tests/bench/peer/package.json tests/bench/peer/package-lock.json tests/bench/peer/.npmrc build/peer/
	@cd build/peer && $(NPM_CI) || true
	@touch $@

# ---- files placed inside the program
EMBED := $(sort $(wildcard web/*.html web/*.css web/*.js web/*.svg web/*.ico web/*/*.js web/*/*.css) $(VENDOR) \
	$(wildcard sql/*/*.sql) $(wildcard models/*/*.csv))

$(B)/mkembed: daemon/base/mkembed.c daemon/base/strip.c daemon/base/strip.h $(B)/flags.is | ready
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARN) -O1 -D_GNU_SOURCE -I. -o $@ $(filter %.c,$^)
$(B)/obj/embedded.c: $(B)/mkembed $(EMBED) $(B)/embed.is
	@mkdir -p $(@D)
	$(call said,embed $@)
	$(Q)$(B)/mkembed $(EMBED) >$@.part && mv $@.part $@
$(B)/obj/embedded.o: $(B)/obj/embedded.c
	$(call said,cc    $@)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -g,$(CFLAGS)) -c -o $@ $<

##@ Test
# One program per file of tests/unit/test_*.c, linked to the archives.
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT))
$(B)/tests/%: $(B)/obj/tests/unit/%.o $(call obj,$(UNIT_SHARE)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link) -lcmocka

.PHONY: unit check test programs asan tsan
programs: $(B)/breakeven $(UNIT_PROGRAMS)

unit: $(UNIT_PROGRAMS) ## the unit tests of this variant, with their own output
	@for t in $^; do echo "$$t"; $$t || exit 1; done

check: programs ## unit tests and fixtures only: seconds
	@tests/run check

# Threads meet where a test or what it calls starts some; these run under the thread sanitizer too.
TSAN_UNIT = $(patsubst tests/unit/%.c,build/tsan/tests/%,$(shell grep -l 'pthread\|team_new' $(UNIT) 2>/dev/null))

test: programs $(TEST_PACKAGES) $(PEER) ## every test: unit, sanitizers, fixtures, fuzz corpus, API, e2e, the page in a browser
	@$(MAKE) VARIANT=asan programs $(if $(wildcard tests/fuzz/fuzz.mk),fuzz-replays)
	@$(MAKE) VARIANT=tsan build/tsan/breakeven $(TSAN_UNIT)
	@tests/run

asan: ## build everything under the address and undefined behaviour sanitizers into build/asan
	@$(MAKE) VARIANT=asan programs
tsan: ## build everything under the thread sanitizer into build/tsan
	@$(MAKE) VARIANT=tsan programs

# The libraries' headers are those of this machine; only the kernels' test is linked, which needs no library.
ARM_CC := aarch64-linux-gnu-gcc
ARM_CPUS := max neoverse-n1 cortex-a53
ARM_TEST := $(call obj,$(patsubst %,daemon/bench/%.c,kernels kernels_neon kernels_neondot kernels_neonmatrix kernels_portable \
	matrix decoder reference team) models/units/err.c tests/unit/test_kernels.c)
ifeq ($(VARIANT),arm)
CPPFLAGS += -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch 2>/dev/null)
$(B)/obj/tests/unit/test_kernels.o: CPPFLAGS += -Itests/cross
endif
$(B)/tests/arm_kernels: $(ARM_TEST)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(Q)$(CC) -static -pthread -o $@ $^ -lm

.PHONY: arm arm-objects
arm-objects: $(call obj,$(MODELS) $(COLLECTORS) $(HOUSE) $(PROGRAM)) $(B)/tests/arm_kernels
arm: $(MADE) | ready ## compile everything for 64-bit Arm and run the kernels' test on processors that qemu-user plays
	@if command -v $(ARM_CC) >/dev/null && command -v qemu-aarch64 >/dev/null; then \
		$(MAKE) VARIANT=arm CC=$(ARM_CC) arm-objects && \
		for cpu in $(ARM_CPUS); do echo "$$cpu"; qemu-aarch64 -cpu $$cpu build/arm/tests/arm_kernels || exit 1; done; \
	else echo "skipped: $(ARM_CC) (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross) or qemu-aarch64 (qemu-user) is not here"; fi

.PHONY: replay
# FIRST and SEEDS choose others.
replay: all ## sources that misbehave and a daemon that is killed: 240 seeds after which the ledger must be the truth
	@BREAKEVEN=$(B)/breakeven node tests/replay/property.mjs $(or $(FIRST),1) $(or $(SEEDS),240)

##@ Measure
# Each program of tests/bench prints its ratios and limits and fails when a limit is missed.
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(B)/bench/%,$(BENCH))
$(B)/bench/%: $(B)/obj/tests/bench/%.o $(call obj,$(BENCH_SHARE)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link)

.PHONY: bench
bench: $(B)/breakeven $(BENCH_PROGRAMS) $(PEER) tests/web/node_modules/.complete ## speed of imports, answers and the page, memory, start; fails when a limit is missed
	@missed=0; for b in $(BENCH_PROGRAMS) $(wildcard tests/bench/*.sh); do echo "== $${b##*/}"; $$b || missed=1; done; exit $$missed

# The throughput model against published measurements that are not part of this repository.
VALIDATE_SHARE := $(patsubst %,tests/validate/%.c,published fit study)
MEASURED := $(SHARED)/data/measured_throughput.csv
$(B)/validate/%: $(B)/obj/tests/validate/%.o $(call obj,$(VALIDATE_SHARE)) $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link)

.PHONY: calibrate validate
calibrate: $(B)/validate/calibrate ## constants and anchors of the throughput model, written again from published measurements
	@$< $(MEASURED) models/supply/throughput_constants.csv models/supply/anchors.csv
validate: $(B)/validate/validate ## the throughput model against measurements that were held back; the table goes to build/validate.csv
	@$< $(MEASURED) build/validate.csv

-include tests/fuzz/fuzz.mk

##@ Keep in order
SOURCES := $(wildcard models/*/*.[ch] collectors/*.[ch] daemon/*.[ch] daemon/*/*.[ch] tests/*/*.[ch])
SOURCES_C := $(filter %.c,$(SOURCES))

LINTS := lint-gcc lint-clang lint-arrows lint-purity lint-plans lint-cppcheck lint-format lint-scripts lint-tracked
.PHONY: lint lint-selftest format $(LINTS)
lint: $(LINTS) ## every check below
	@echo "lint: clean"

lint-gcc: $(call obj,$(SOURCES_C)) ## no warnings from gcc, which compiles everything with the flags of the build
lint-clang: $(MADE) | ready ## no warnings from clang
	@printf '%s\n' $(SOURCES_C) | xargs -P 2 -n 8 clang $(CPPFLAGS) -std=gnu11 $(WARN) -fsyntax-only
lint-arrows: ## includes run downwards only, without circles; each outside library has its door
	@tests/lint/arrows
lint-purity: $(B)/libmodels.a ## models call nothing but arithmetic and string functions and keep no state
	@tests/lint/purity $<
lint-plans: $(B)/lint/plans ## query plans of all named statements; no scan that does not say so; every column has its comment
	@$< $(sort $(wildcard sql/schema/*.sql)) -- $(sort $(wildcard sql/queries/*.sql))
# legacyUninitvar takes a buffer handed to a function for a read of it; the compilers judge that better.
lint-cppcheck: | ready ## nothing from cppcheck
	@cppcheck -q -j 2 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=legacyUninitvar --std=c11 -D_GNU_SOURCE -I. $(SOURCES_C)
lint-format: | ready ## sources are as clang-format writes them
	@clang-format --dry-run -Werror $(SOURCES)
lint-scripts: | ready ## scripts and modules of the page can be parsed
	@for f in setup .ci/run $(wildcard tests/lint/[a-z]* tests/*/*.sh); do \
		case $$f in *.c) continue ;; esac; sh -n $$f || exit 1; done
	@for f in $(wildcard web/*.js web/*/*.js tests/*/*.mjs); do case $$f in web/vendor/*) continue ;; esac; node --check $$f || exit 1; done
lint-tracked: ## no paths of a machine and no addresses of a package registry in the project's files
	@tests/lint/tracked
lint-selftest: | ready ## break each rule in a scratch copy and see lint fail
	@tests/lint/selftest
format: | ready ## let clang-format write the sources
	@clang-format -i $(SOURCES)

$(B)/lint/plans: $(B)/obj/tests/lint/plans.o
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $$(pkg-config --libs sqlite3)

##@ Install
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
UNITDIR ?= $(PREFIX)/lib/systemd/system
DOCDIR  ?= $(PREFIX)/share/doc/breakeven
MAN     := $(wildcard daemon/*.1)

.PHONY: install uninstall clean distclean help
install: $(B)/breakeven ## into DESTDIR and PREFIX (default /usr/local): program, manual page, systemd unit
	install -D -s -m 755 $< $(DESTDIR)$(BINDIR)/breakeven
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|@BINDIR@|$(BINDIR)|' daemon/breakeven.service >$(DESTDIR)$(UNITDIR)/breakeven.service
	install -D -m 644 LICENSE $(DESTDIR)$(DOCDIR)/LICENSE
	install -m 644 web/vendor/LICENSES.txt $(DESTDIR)$(DOCDIR)/LICENSES.txt
	$(foreach m,$(MAN),install -D -m 644 $(m) $(DESTDIR)$(MANDIR)/man1/$(notdir $(m)))

uninstall: ## take away what install put there; data stays
	rm -f $(DESTDIR)$(BINDIR)/breakeven $(DESTDIR)$(UNITDIR)/breakeven.service
	rm -f $(addprefix $(DESTDIR)$(MANDIR)/man1/,$(notdir $(MAN)))
	rm -rf $(DESTDIR)$(DOCDIR)

clean: ## remove what was built; what came from npm stays
	rm -rf build
distclean: clean ## remove that too
	rm -rf web/vendor tests/web/node_modules tests/peers/node_modules

MAKEFILE_HELP := $(firstword $(MAKEFILE_LIST)) $(wildcard tests/fuzz/fuzz.mk)
help: ## print this
	@awk -F ':.*## ' '/^##@/ { at = substr($$0, 5); if (!(at in text)) order[++n] = at; } \
		/^[a-z][a-z-]*:.*## / { text[at] = text[at] sprintf("  %-14s %s\n", $$1, $$2) } \
		END { for (i = 1; i <= n; i++) printf "%s%s\n%s", (i > 1 ? "\n" : ""), order[i], text[order[i]] }' $(MAKEFILE_HELP)

.SECONDARY:
.DELETE_ON_ERROR:
-include $(patsubst %.c,$(B)/obj/%.d,$(MODELS) $(COLLECTORS) $(HOUSE) $(PROGRAM) $(UNIT) $(UNIT_SHARE) $(BENCH) $(BENCH_SHARE) $(wildcard tests/validate/*.c) tests/lint/plans.c)
