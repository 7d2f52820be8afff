# breakeven: one Makefile, not recursive. `make help` lists what it does.
# Objects live under build/<variant>: release, asan (ASan and UBSan), tsan.

VARIANT ?= release
CC      ?= gcc
SHARED  ?= ../shared
B       := build/$(VARIANT)

LIBS     := libmicrohttpd sqlite3 libcjson libcurl zlib
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
CPPFLAGS := -I. -I$(B)/include -D_GNU_SOURCE
CFLAGS_release := -O2 -g
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread
CFLAGS   := -std=gnu11 $(WARN) $(CFLAGS_$(VARIANT)) -pthread
LDFLAGS  := $(filter -fsanitize%,$(CFLAGS_$(VARIANT))) -pthread
LDLIBS    = $(shell pkg-config --libs $(LIBS)) -lm -ldl

MODELS     := $(wildcard models/*/*.c)
COLLECTORS := $(wildcard collectors/*.c)
HOUSE      := $(filter-out daemon/base/mkembed.c,$(wildcard daemon/base/*.c daemon/store/*.c daemon/ingest/*.c daemon/bench/*.c daemon/report/*.c daemon/serve/*.c))
PROGRAM    := $(wildcard daemon/*.c)
UNIT       := $(wildcard tests/unit/test_*.c)

obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

.PHONY: all
all: $(B)/breakeven

$(B)/obj/%.o: %.c | assets
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libmodels.a: $(call obj,$(MODELS))
$(B)/libcollectors.a: $(call obj,$(COLLECTORS))
$(B)/libhouse.a: $(call obj,$(HOUSE)) $(B)/obj/embedded.o
$(B)/%.a:
	@rm -f $@
	ar rcs $@ $^

ARCHIVES := $(B)/libhouse.a $(B)/libcollectors.a $(B)/libmodels.a

$(B)/breakeven: $(call obj,$(PROGRAM)) $(ARCHIVES)
	$(CC) $(LDFLAGS) -o $@ $(call obj,$(PROGRAM)) -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS)

# ---- files placed inside the program
EMBED := $(wildcard web/*.html web/*.css web/*.js web/*.svg web/*.json web/vendor/*) $(wildcard sql/*/*.sql) $(wildcard models/*/*.csv)

$(B)/mkembed: daemon/base/mkembed.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARN) -O1 -D_GNU_SOURCE -I. -o $@ $<
$(B)/obj/embedded.c: $(B)/mkembed $(EMBED)
	@mkdir -p $(@D)
	$(B)/mkembed $(EMBED) > $@.part && mv $@.part $@
$(B)/obj/embedded.o: $(B)/obj/embedded.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

.PHONY: assets
assets:

# ---- unit tests: one program per file, linked to the archives
$(B)/tests/%: $(B)/obj/tests/unit/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(LDLIBS) -lcmocka

.PHONY: unit
unit: $(patsubst tests/unit/%.c,$(B)/tests/%,$(UNIT))
	@for t in $^; do echo "$$t"; $$t || exit 1; done

.PHONY: clean
clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
