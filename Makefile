# neardup: the whole build. `make help` lists the targets.
#
#   MODE=release|debug|asan|tsan|fuzz   each in its own folder build*/, so that they never mix
#        coverage|mutants|arm64         what `make coverage`, `make mutants` and `make arm64` build
#   V=1                                 show the commands
#   CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR are respected; changed flags rebuild what they concern

MODE ?= release
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# Parallel; a -j on the command line wins, and a make inside make shares the jobs of the outer one.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:

# ---- where and how -----------------------------------------------------------------------------------------------

BUILD_release := build
BUILD_debug := build-debug
BUILD_asan := build-asan
BUILD_tsan := build-tsan
BUILD_fuzz := build-fuzz
BUILD_coverage := build-coverage
BUILD_mutants := build-mutants
BUILD_arm64 := build-arm64
BUILD ?= $(BUILD_$(MODE))
ifeq ($(BUILD),)
$(error unknown MODE '$(MODE)': release, debug, asan, tsan, fuzz, coverage, mutants or arm64)
endif
ifeq ($(MODE)$(origin CC)$(origin CXX),fuzzdefaultdefault)
CC := clang
CXX := clang++
endif
# For another machine: libraries and headers come from a folder of their own, and qemu runs the tests.
ifeq ($(MODE),arm64)
SYSROOT := $(abspath $(BUILD))/sysroot
ARM64_CC ?= aarch64-linux-gnu-gcc
ARM64_CXX ?= aarch64-linux-gnu-g++
override CC := $(ARM64_CC) --sysroot=$(SYSROOT)
override CXX := $(ARM64_CXX) --sysroot=$(SYSROOT)
override AR := aarch64-linux-gnu-ar
export PKG_CONFIG_SYSROOT_DIR := $(SYSROOT)
export PKG_CONFIG_LIBDIR := $(SYSROOT)/usr/lib/aarch64-linux-gnu/pkgconfig
endif

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wcast-qual -Wcast-align -Wvla -Wwrite-strings \
	-Wformat=2 -Wpointer-arith
C_WARNINGS := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum
SANITIZE := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_FLAGS_release :=
MODE_FLAGS_debug := -O0 -D_GLIBCXX_ASSERTIONS
MODE_FLAGS_asan := $(SANITIZE)
MODE_FLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
MODE_FLAGS_fuzz := $(SANITIZE) -fsanitize=fuzzer-no-link -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
# Of gcov's counters only those of src/ count. Threads add to them at the same time. A function that is always put in line
# would be counted once for each place. simdjson's own checks, which -O0 turns on, do not expect an allocation to fail.
MODE_FLAGS_coverage := -O0 --coverage -fprofile-update=atomic -DNDUP_COUNTED -DSIMDJSON_DEVELOPMENT_CHECKS=0
UNCOUNTED := $(if $(filter coverage,$(MODE)),-fno-profile-arcs -fno-test-coverage)
# A mutant is one object and one shared library: the tests are linked once, against the library with every symbol in it.
MODE_FLAGS_mutants := -O1 -fvisibility=default
MODE_FLAGS := $(MODE_FLAGS_$(MODE))

PACKAGES := libzstd zlib liblzma liblz4 libbrotlienc libbrotlidec libutf8proc libxxhash libisal libdeflate nettle simdjson
DEP_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
DEP_LIBS = -lsimdjson -lzstd -lisal -ldeflate -lz -lbz2 -llzma -llz4 -lbrotlienc -lbrotlidec -lutf8proc -lxxhash -lnettle -lm
ALL_CPPFLAGS = -Iinclude -Isrc $(DEP_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=c17 $(C_WARNINGS) -fPIC -fvisibility=hidden -pthread $(CFLAGS) $(MODE_FLAGS)
ALL_CXXFLAGS = -std=c++17 -Wall -Wextra -fPIC -fvisibility=hidden -fno-exceptions -pthread $(CXXFLAGS) $(MODE_FLAGS)
ALL_LDFLAGS = -pthread $(LDFLAGS) $(MODE_FLAGS)
# Criterion's macros and the tests' own functions need neither prototypes nor strict ISO C.
TEST_CFLAGS := -Itests -Wno-missing-prototypes -Wno-pedantic $(UNCOUNTED)
# Criterion cannot run under ThreadSanitizer or qemu: a small stand-in runs the same tests.
ifneq ($(filter tsan arm64,$(MODE)),)
TEST_CFLAGS += -Itests/tsan -Wno-clobbered -Wno-unused -Wno-sign-compare -Wno-dangling-pointer
# GCC 12 for aarch64 fails with an internal error on a loop of tests/prop/test_text_hash.c.
TEST_CFLAGS += $(if $(filter arm64,$(MODE)),-fno-tree-vectorize)
TEST_MAIN = $(BUILD)/obj/tests/tsan/main.o
else
TEST_MAIN = -lcriterion
endif

# The public header defines the version.
version_part = $(shell sed -n 's/^.define NEARDUP_VERSION_$(1) *//p' include/neardup.h)
SOVERSION := $(shell sed -n 's/^.define NEARDUP_ABI *//p' include/neardup.h)
VERSION := $(call version_part,MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

# ---- sources -----------------------------------------------------------------------------------------------------

# The rooms of the program: they use the library through neardup.h.
PROGRAM_ROOMS := term report check suggest cli
CLI_SRC := $(sort $(wildcard $(PROGRAM_ROOMS:%=src/%/*.c) $(PROGRAM_ROOMS:%=src/%/*/*.c)))
CLI_CXX := $(sort $(wildcard $(PROGRAM_ROOMS:%=src/%/*.cpp) $(PROGRAM_ROOMS:%=src/%/*/*.cpp)))
LIB_SRC := $(sort $(filter-out $(CLI_SRC),$(wildcard src/*/*.c src/*/*/*.c)))
LIB_CXX := $(sort $(filter-out $(CLI_CXX),$(wildcard src/*/*.cpp src/*/*/*.cpp)))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(LIB_CXX:%.cpp=$(BUILD)/obj/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/obj/%.o) $(CLI_CXX:%.cpp=$(BUILD)/obj/%.o)
CLI_MAIN := $(BUILD)/obj/src/cli/main.o
# The page of reports becomes a source file (src/report/page/embed.sh); these are its scripts, in order.
PAGE := $(addprefix src/report/page/,page.html style.css text.js list.js charts.js diff.js clusters.js \
	report.js compare.js check.js review.js main.js)
PAGE_PARTS := $(BUILD)/gen/page_parts
CLI_OBJ += $(PAGE_PARTS).o
# Every tests/<group>/test_*.c is a Criterion program, every tests/fuzz/fuzz_*.c a fuzz target, every bench/*.c
# and *.cpp a program; tests/support/*.c is linked with every test.
TEST_SRC := $(sort $(wildcard tests/*/test_*.c))
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(sort $(wildcard tests/support/*.c)))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/%.c=$(BUILD)/tests/%)
BENCH_BIN := $(patsubst %,$(BUILD)/%,$(basename $(sort $(wildcard bench/*.c bench/*.cpp))))

LIB_A := $(BUILD)/libneardup.a
LIB_SO := $(BUILD)/libneardup.so.$(VERSION)
CLI_A := $(if $(CLI_SRC),$(BUILD)/libneardup-cli.a)
PROGRAM := $(if $(CLI_SRC),$(BUILD)/neardup)
# What tests are linked with.
TESTED := $(if $(filter mutants,$(MODE)),$(BUILD)/libmutants.so,$(CLI_A) $(LIB_A))

# ---- program and libraries ---------------------------------------------------------------------------------------

.PHONY: all
all: $(PROGRAM) $(LIB_A) $(BUILD)/libneardup.so $(BUILD)/neardup.pc ## build the program and the libraries (default)

.PHONY: setup
setup: ## install the Debian packages that build and tests need (lists them first)
	@tools/setup build test

# Rewritten only when the flags have changed, so that it is newer than the objects exactly then.
FLAGS_NOW = $(CC) | $(CXX) | $(ALL_CPPFLAGS) | $(ALL_CFLAGS) | $(ALL_CXXFLAGS) | $(ALL_LDFLAGS) | $(TEST_CFLAGS)
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@test -e $@ || tools/setup --check build
	@printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' > $@
.PHONY: force

say = $(if $(Q),@printf '  %-5s %s\n' $(1) $(2))

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(EXTRA_CPPFLAGS) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.o: %.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CXX,$<)
	$(Q)$(CXX) $(ALL_CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/tests/%.o: EXTRA_CFLAGS := $(TEST_CFLAGS)
$(BUILD)/obj/bench/%.o: EXTRA_CFLAGS := -Ibench -Wno-missing-prototypes $(UNCOUNTED)
# Parsers that bench_html measures beside ours, if they are there.
HTML_RIVALS = $(shell for p in libxml-2.0 gumbo; do pkg-config --exists $$p && echo $$p; done 2>/dev/null)
HTML_RIVAL_FLAGS = $(patsubst %,-DBENCH_%,$(patsubst libxml-2.0,LIBXML2,$(patsubst gumbo,GUMBO,$(HTML_RIVALS)))) \
	$(if $(HTML_RIVALS),$(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(HTML_RIVALS))))
$(BUILD)/obj/bench/bench_html.o: EXTRA_CPPFLAGS = $(HTML_RIVAL_FLAGS)
$(BUILD)/obj/bench/bench_html.o: $(BUILD)/html-rivals.members
$(BUILD)/bench/bench_html: BENCH_LIBS = $(if $(HTML_RIVALS),$(shell pkg-config --libs $(HTML_RIVALS)))

$(PAGE_PARTS).c: src/report/page/embed.sh $(PAGE)
	@mkdir -p $(@D)
	$(call say,PAGE,$@)
	$(Q)src/report/page/embed.sh $(PAGE) > $@

$(PAGE_PARTS).o: $(PAGE_PARTS).c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The list of members rebuilds an archive when a source file was removed.
$(BUILD)/%.members: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(MEMBERS)' | cmp -s - $@ || printf '%s\n' '$(MEMBERS)' > $@
$(BUILD)/libneardup.members: MEMBERS := $(LIB_OBJ)
$(BUILD)/libneardup-cli.members: MEMBERS := $(CLI_OBJ)
$(BUILD)/html-rivals.members: MEMBERS = $(HTML_RIVALS)

$(LIB_A): $(LIB_OBJ) $(BUILD)/libneardup.members
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $(LIB_OBJ)

$(BUILD)/libneardup-cli.a: $(CLI_OBJ) $(BUILD)/libneardup-cli.members
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) qcs $@ $(filter-out $(CLI_MAIN),$(CLI_OBJ))

$(LIB_SO): $(LIB_OBJ) $(BUILD)/libneardup.members src/libneardup.map
	$(call say,LD,$@)
	$(Q)$(CXX) -shared -Wl,-soname,libneardup.so.$(SOVERSION) -Wl,--version-script=src/libneardup.map \
		$(if $(MODE_FLAGS),,-Wl,--no-undefined) $(ALL_LDFLAGS) $(LIB_OBJ) $(DEP_LIBS) -o $@

# Found beside the tests, wherever the tree is.
$(BUILD)/libmutants.so: $(LIB_OBJ) $(filter-out $(CLI_MAIN),$(CLI_OBJ))
	$(call say,LD,$@)
	$(Q)$(CXX) -shared $(ALL_LDFLAGS) $^ $(DEP_LIBS) -o $@

$(BUILD)/libneardup.so: $(LIB_SO)
	$(Q)ln -sf libneardup.so.$(VERSION) $(BUILD)/libneardup.so.$(SOVERSION)
	$(Q)ln -sf libneardup.so.$(SOVERSION) $@

$(BUILD)/neardup: $(CLI_OBJ) $(LIB_A)
	$(call say,LD,$@)
	$(Q)$(CXX) $(ALL_LDFLAGS) $^ $(DEP_LIBS) -o $@

$(BUILD)/neardup.pc: neardup.pc.in include/neardup.h $(BUILD)/flags
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@DEP_LIBS@|$(DEP_LIBS)|' $< > $@

.PHONY: man
man: doc/neardup.1 ## generate the man page from the option table
doc/neardup.1: $(PROGRAM)
	$(Q)$(BUILD)/neardup help --man > $@.tmp && mv $@.tmp $@

# ---- install -----------------------------------------------------------------------------------------------------

TO := $(DESTDIR)$(PREFIX)
COMPLETIONS := share/bash-completion/completions/neardup share/zsh/site-functions/_neardup \
	share/fish/vendor_completions.d/neardup.fish
INSTALLED := bin/neardup include/neardup.h include/neardup_run.h include/neardup_arrow.h lib/libneardup.a lib/libneardup.so lib/libneardup.so.$(SOVERSION) \
	lib/libneardup.so.$(VERSION) lib/pkgconfig/neardup.pc share/man/man1/neardup.1 $(COMPLETIONS)

.PHONY: install uninstall
install: all ## install program, libraries, headers, .pc, man page and completions under $(DESTDIR)$(PREFIX)
	install -d $(TO)/bin $(TO)/include $(TO)/lib/pkgconfig
	install -m 755 $(BUILD)/neardup $(TO)/bin/
	install -m 644 include/neardup.h include/neardup_run.h include/neardup_arrow.h $(TO)/include/
	install -m 644 $(LIB_A) $(TO)/lib/
	install -m 755 $(LIB_SO) $(TO)/lib/
	ln -sf libneardup.so.$(VERSION) $(TO)/lib/libneardup.so.$(SOVERSION)
	ln -sf libneardup.so.$(SOVERSION) $(TO)/lib/libneardup.so
	sed 's|^prefix=.*|prefix=$(PREFIX)|' $(BUILD)/neardup.pc > $(TO)/lib/pkgconfig/neardup.pc
	chmod 644 $(TO)/lib/pkgconfig/neardup.pc
	if test -f doc/neardup.1; then install -d $(TO)/share/man/man1 && \
		install -m 644 doc/neardup.1 $(TO)/share/man/man1/; fi
	for file in $(COMPLETIONS:%=$(TO)/%); do \
		case $$file in */bash-completion/*) shell=bash ;; */zsh/*) shell=zsh ;; *) shell=fish ;; esac; \
		install -d "$${file%/*}" && $(BUILD)/neardup help --completion $$shell > "$$file" && chmod 644 "$$file" || exit 1; done

uninstall: ## remove what `make install` put there
	rm -f $(INSTALLED:%=$(TO)/%)

.PHONY: deb
deb: all ## make a Debian package, build/neardup_VERSION_ARCHITECTURE.deb
	@+tools/package/deb.sh $(BUILD)

.PHONY: image
image: $(PROGRAM) ## make the file system of the container image (Dockerfile) in build/image, and try it
	@rm -rf $(BUILD)/image
	@tools/package/image.sh $(PROGRAM) $(BUILD)/image

# ---- tests -------------------------------------------------------------------------------------------------------

$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(SUPPORT_OBJ) $(filter %.o,$(TEST_MAIN)) $(TESTED)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $< $(SUPPORT_OBJ) $(TESTED) $(TEST_MAIN) $(ALL_LDFLAGS) $(DEP_LIBS) -lstdc++ -o $@

# Fuzz targets run with any compiler: a plain main replays files and makes random changes. MODE=fuzz: libFuzzer.
REPLAY := $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer,$(BUILD)/obj/tests/fuzz/replay.o)
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(filter %.o,$(REPLAY)) $(CLI_A) $(LIB_A)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $< $(REPLAY) $(CLI_A) $(LIB_A) $(ALL_LDFLAGS) $(DEP_LIBS) -o $@

$(BUILD)/tests/fault/libfault.so: tests/fault/fault.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -std=c17 $(C_WARNINGS) -Wno-missing-prototypes -Wno-pedantic -O2 -g -fPIC -shared $< -ldl -o $@

$(BUILD)/tests/kill/libkill.so: tests/kill/kill.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) -std=c17 $(C_WARNINGS) -Wno-missing-prototypes -Wno-pedantic -O2 -g -fPIC -shared $< -ldl -o $@

# Writes a page around the data that it reads.
$(BUILD)/tests/page/make_page: $(BUILD)/obj/tests/page/make_page.o $(CLI_A) $(LIB_A)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $^ $(ALL_LDFLAGS) $(DEP_LIBS) -o $@

# Writes reports of checks that were made by hand.
$(BUILD)/tests/reports/make_reports: $(BUILD)/obj/tests/reports/make_reports.o \
		$(BUILD)/obj/tests/support/check_results.o $(CLI_A) $(LIB_A)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $^ $(ALL_LDFLAGS) $(DEP_LIBS) -o $@

# Everything that `make test` runs, built.
.PHONY: tests
tests: all $(TEST_BIN) $(FUZZ_BIN) $(BUILD)/tests/reports/make_reports \
	$(if $(filter release coverage,$(MODE)),$(BUILD)/tests/fault/libfault.so $(BUILD)/tests/kill/libkill.so $(BUILD)/bench/gen_corpus $(BUILD)/tests/page/make_page)

.PHONY: test
test: ## install what is missing, build, run every test; ends with `N passed, N failed`
	@tools/setup build test
	@+$(MAKE) tests
	@tests/run.sh $(BUILD)

.PHONY: print-libs
print-libs: # for other builds that link the library
	@echo $(DEP_LIBS)

.PHONY: python
python: ## build the wheel of the Python package and test it in a fresh virtual environment (needs the package index)
	@tools/setup build python
	@+$(MAKE) $(LIB_A) $(PROGRAM)
	@CC='$(CC)' CXX='$(CXX)' python/test.sh $(BUILD)

.PHONY: spark
spark: ## test neardup.spark with PySpark and Java, and examples/cluster with Ray and Dask (after make python)
	@tools/setup spark || echo "without Java"
	@python/spark.sh $(BUILD)

.PHONY: arm64
arm64: ## cross-compile for aarch64, run the tests there in qemu, and compare what both programs write
	@tools/setup build arm64
	@tools/sysroot arm64 build-arm64/sysroot
	@+$(MAKE) all
	@+$(MAKE) MODE=arm64 arm64-tests
	@tests/arm64.sh $(BUILD) build-arm64

.PHONY: arm64-tests
arm64-tests: $(PROGRAM) $(TEST_BIN)

.PHONY: unit
unit: $(TEST_BIN) ## build and run the Criterion tests only (MODE=asan, MODE=tsan)
	@tests/run.sh $(BUILD) criterion

.PHONY: kill-loop
KILLS ?= 1000
kill-loop: all $(BUILD)/tests/kill/libkill.so ## kill runs that write, KILLS=1000 times, and look at what they leave
	@BUILD=$(BUILD) KILLS=$(KILLS) tests/kill/run.sh

.PHONY: fuzz
FUZZ_SECONDS ?= 60
fuzz: ## fuzz every target with clang's libFuzzer for FUZZ_SECONDS=60 each
	@tools/setup build fuzz
	@+$(MAKE) MODE=fuzz fuzz-programs
	@tests/fuzz.sh build-fuzz $(FUZZ_SECONDS)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_BIN)

.PHONY: coverage
coverage: ## run every test with gcov's counters; print which lines and branches of src/ no test ran
	@tools/setup build test
	@+$(MAKE) MODE=coverage tests
	@/usr/bin/python3 -B tests/tools/coverage.py build-coverage $(COVERAGE)

.PHONY: mutants
mutants: ## change the code that decides, one operator at a time, and list the changes that no test notices
	@tools/setup build test
	@/usr/bin/python3 -B tests/tools/mutants.py $(MUTANTS)

.PHONY: attack
attack: ## random corpora, hostile files and options under ASan and UBSan for ATTACK_MINUTES=2; a failure prints its seed
	@tools/setup build test
	@+$(MAKE) MODE=asan build-asan/neardup
	@/usr/bin/python3 -B tests/attack/attack.py $(ATTACK)

# Hours: what is too long for each commit.
.PHONY: nightly
nightly: ## every call fails once, a thousand kills, all random tests, sanitizers, attack, fuzzing, coverage, mutants
	@tests/nightly.sh

# ---- demo, measurements ------------------------------------------------------------------------------------------

.PHONY: demo
demo: ## fresh machine: install what is missing, build, find duplicates in real text, show them
	@tools/setup build
	@+$(MAKE) all
	@examples/demo.sh $(BUILD)

$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(LIB_A)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CXX) $< $(LIB_A) $(ALL_LDFLAGS) $(DEP_LIBS) $(BENCH_LIBS) -o $@

# The generator shares no code with the library: it builds alone.
GEN_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,bench/gen_corpus.c $(sort $(wildcard bench/gen/*.c)))
$(BUILD)/bench/gen_corpus: $(GEN_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $^ $(ALL_LDFLAGS) -lm -o $@

.PHONY: bench bench-programs bench-micro bench-codec bench-e2e bench-graded bench-page bench-python bench-peers
bench-programs: $(BENCH_BIN)
bench: ## all measurements: kernels, codecs, end to end (speed with recall and precision), page, Python
	@+$(MAKE) bench-micro
	@+$(MAKE) bench-codec
	@+$(MAKE) bench-e2e
	@+$(MAKE) bench-page
	@+$(MAKE) bench-python
bench-micro: $(BENCH_BIN) ## measure the kernels, and the text of web pages beside other parsers
	@for b in $(filter $(BUILD)/bench/bench_%,$(BENCH_BIN)); do echo "== $$b"; $$b || exit 1; done
bench-codec: $(BUILD)/bench/codec_speed $(BUILD)/bench/gen_corpus ## measure the codecs on 12 MB of generated text
	@mkdir -p $(BUILD)/bench/corpora
	@$(BUILD)/bench/gen_corpus --bytes 12M -o $(BUILD)/bench/corpora/codec.jsonl
	@$(BUILD)/bench/codec_speed $(BUILD)/bench/corpora/codec.jsonl
bench-e2e: all $(BUILD)/bench/gen_corpus ## measure whole runs: E2E_SIZES="100M 1G", 10G on request
	@bench/e2e.sh $(BUILD)
bench-graded: all $(BUILD)/bench/gen_corpus ## measure which question finds which change of a text: GRADED="NAME=FILE.jsonl..."
	@mkdir -p $(BUILD)/bench/corpora
	@$(BUILD)/bench/gen_corpus --bytes 2M -o $(BUILD)/bench/corpora/graded.jsonl
	@/usr/bin/python3 -B bench/graded.py --neardup $(BUILD)/neardup $(or $(GRADED),generated=$(BUILD)/bench/corpora/graded.jsonl)
bench-page: $(BUILD)/tests/page/make_page ## measure the page of a large report in a browser
	@if command -v chromedriver > /dev/null; then BUILD=$(abspath $(BUILD)) /usr/bin/python3 -B tests/page/measure.py; \
	else echo "no chromedriver: the page is not measured"; fi

bench-python: all $(BUILD)/bench/gen_corpus $(BUILD)/bench/ready_texts ## measure the Python package beside the library and its rivals
	@test -e $(BUILD)/python-env/bin/auditwheel || $(MAKE) python
	@$(BUILD)/python-env/bin/pip --disable-pip-version-check --quiet install rensa gaoya datasketch || echo "rivals are left out"
	@$(BUILD)/python-env/bin/python bench/python.py $(BUILD)
	@$(BUILD)/python-env/bin/python bench/parquet.py $(BUILD)

bench-peers: all $(BUILD)/bench/gen_corpus ## measure neardup beside its rivals, installed in environments of their own: PEERS_SIZES="10M 100M", PEERS="--corpus NAME=FILE.jsonl"
	@tools/setup python
	@python3 -B bench/peers/peers.py install $(BUILD)
	@rm -f $(BUILD)/peers/results.jsonl
	@python3 -B bench/peers/peers.py measure $(BUILD) $(addprefix --size ,$(or $(PEERS_SIZES),10M 100M)) $(PEERS)
	@python3 -B bench/peers/peers.py table $(BUILD)/peers/results.jsonl --plot $(BUILD)/peers/peers.svg

.PHONY: quality
quality: all ## regenerate doc/quality.md from the corpora in $NEARDUP_DATA
	@bench/quality.sh $(BUILD)

# ---- upkeep ------------------------------------------------------------------------------------------------------

FORMATTED := $(sort $(wildcard include/*.h src/*/*.[ch] src/*/*/*.[ch] src/*/*.cpp src/*/*/*.cpp tests/*/*.[ch] bench/*.[ch] bench/gen/*.[ch] examples/*.c))
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)

.PHONY: format check-format
format: ## format all sources with clang-format 14
	$(Q)$(CLANG_FORMAT) -i $(FORMATTED)
check-format: ## check that all sources are formatted
	$(Q)$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED) && echo "format: $(words $(FORMATTED)) files are formatted"

.PHONY: lint
lint: all ## layers, symbols, headers alone, clang-tidy, shellcheck
	@tests/lint/run.sh $(BUILD)

.PHONY: dist
dist: ## the committed sources as neardup-VERSION.tar.gz
	git archive --prefix=neardup-$(VERSION)/ -o $(BUILD)/neardup-$(VERSION).tar.gz HEAD

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-debug build-asan build-tsan build-fuzz build-coverage build-mutants build-arm64

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9 -]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18
	@echo
	@sed -n '/^#$$/,/^$$/s/^#//p' Makefile

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_BIN:$(BUILD)/%=$(BUILD)/obj/%.d) $(SUPPORT_OBJ:.o=.d) \
	$(FUZZ_BIN:$(BUILD)/%=$(BUILD)/obj/%.d) $(BENCH_BIN:$(BUILD)/%=$(BUILD)/obj/%.d) $(GEN_OBJ:.o=.d) \
	$(BUILD)/obj/tests/page/make_page.d $(BUILD)/obj/tests/reports/make_reports.d
