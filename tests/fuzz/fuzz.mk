# Fuzzing: a harness per parser. The corpora are replayed by `make test` under the address and undefined
# behaviour sanitizers; `make fuzz` lets libFuzzer look for more.

FUZZ_SECONDS ?= 60

# The harness of every collector is the one program collector.c, which goes by its name.
FUZZ_COLLECTORS := $(notdir $(wildcard tests/fuzz/corpus/collector_*))
FUZZ_OTHERS     := $(filter-out collector replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
FUZZ            ?= $(FUZZ_COLLECTORS) $(FUZZ_OTHERS)

FUZZ_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all

$(B)/fuzz/replay_%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/replay.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link)
$(B)/fuzz/collector.replay: $(B)/obj/tests/fuzz/collector.o $(B)/obj/tests/fuzz/replay.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link)
$(B)/fuzz/replay_collector_%: $(B)/fuzz/collector.replay
	@ln -f $< $@

$(B)/fuzz/fuzz_%: $(B)/obj/tests/fuzz/%.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link) -fsanitize=fuzzer
$(B)/fuzz/collector.fuzz: $(B)/obj/tests/fuzz/collector.o $(ARCHIVES)
	@mkdir -p $(@D)
	$(call said,link  $@)
	$(link) -fsanitize=fuzzer
$(B)/fuzz/fuzz_collector_%: $(B)/fuzz/collector.fuzz
	@ln -f $< $@

##@ Measure
.PHONY: fuzz fuzz-programs fuzz-replays
fuzz-replays: $(patsubst %,$(B)/fuzz/replay_%,$(FUZZ_COLLECTORS) $(FUZZ_OTHERS))
fuzz-programs: $(patsubst %,$(B)/fuzz/fuzz_%,$(FUZZ))

# What libFuzzer finds new stays under build/fuzz/found; what is worth keeping is copied to tests/fuzz/corpus by hand.
fuzz: ## each harness under libFuzzer for FUZZ_SECONDS (60); FUZZ=decimal for one
	@$(MAKE) VARIANT=fuzz CC=clang CFLAGS_fuzz='$(FUZZ_CFLAGS)' fuzz-programs
	@for name in $(FUZZ); do \
		mkdir -p build/fuzz/found/$$name; echo "== $$name"; \
		build/fuzz/fuzz/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
			-artifact_prefix=build/fuzz/found/$$name- build/fuzz/found/$$name tests/fuzz/corpus/$$name \
			>build/fuzz/$$name.log 2>&1 || { tail -40 build/fuzz/$$name.log; exit 1; }; \
		grep -E 'number_of_executed_units|peak_rss' build/fuzz/$$name.log; \
	done

-include $(wildcard $(B)/obj/tests/fuzz/*.d)
