# neardup: the whole build. `make help` lists the targets.
#
#   MODE=release|debug|asan|tsan     each in its own folder build*/, so that they never mix
#   CC CXX CFLAGS CXXFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR are respected

MODE ?= release
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

BUILD_release := build
BUILD_debug := build-debug
BUILD_asan := build-asan
BUILD_tsan := build-tsan
BUILD ?= $(BUILD_$(MODE))
ifeq ($(BUILD),)
$(error unknown MODE '$(MODE)': release, debug, asan or tsan)
endif

CFLAGS ?= -O2 -g
CXXFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wcast-qual -Wcast-align -Wvla -Wwrite-strings \
	-Wformat=2 -Wpointer-arith
C_WARNINGS := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum
MODE_FLAGS_release :=
MODE_FLAGS_debug := -O0 -D_GLIBCXX_ASSERTIONS
MODE_FLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
MODE_FLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
MODE_FLAGS := $(MODE_FLAGS_$(MODE))

PACKAGES := libzstd zlib libutf8proc libxxhash libisal libdeflate simdjson
DEP_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
DEP_LIBS = -lsimdjson -lzstd -lisal -ldeflate -lz -lutf8proc -lxxhash -lm
ALL_CPPFLAGS = -Iinclude -Isrc $(DEP_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS = -std=c17 $(C_WARNINGS) -fPIC -fvisibility=hidden -pthread $(CFLAGS) $(MODE_FLAGS)
ALL_CXXFLAGS = -std=c++17 -Wall -Wextra -fPIC -fvisibility=hidden -fno-exceptions -pthread $(CXXFLAGS) $(MODE_FLAGS)
ALL_LDFLAGS = -pthread $(LDFLAGS) $(MODE_FLAGS)

LIB_SRC := $(sort $(filter-out src/cli/%,$(wildcard src/*/*.c)))
LIB_CXX := $(sort $(wildcard src/*/*.cpp))
CLI_SRC := $(sort $(wildcard src/cli/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(LIB_CXX:%.cpp=$(BUILD)/obj/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/obj/%.o)

.PHONY: all
all: $(BUILD)/neardup $(BUILD)/libneardup.a ## build the program and the libraries (default)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC   $<")
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CXX  $<")
	$(Q)$(CXX) $(ALL_CPPFLAGS) $(ALL_CXXFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libneardup.a: $(LIB_OBJ)
	$(if $(Q),@echo "  AR   $@")
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/neardup: $(CLI_OBJ) $(BUILD)/libneardup.a
	$(if $(Q),@echo "  LD   $@")
	$(Q)$(CXX) $(ALL_LDFLAGS) $^ $(DEP_LIBS) -o $@

# Unit tests: every tests/<group>/test_*.c is one Criterion program.
TEST_SRC := $(sort $(wildcard tests/*/test_*.c))
TEST_BIN := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

$(BUILD)/tests/%: tests/%.c $(BUILD)/libneardup.a
	@mkdir -p $(@D)
	$(if $(Q),@echo "  TEST $<")
	$(Q)$(CC) $(ALL_CPPFLAGS) -Itests $(ALL_CFLAGS) -Wno-missing-prototypes -Wno-pedantic -MMD -MP $< \
		$(BUILD)/libneardup.a $(ALL_LDFLAGS) $(DEP_LIBS) -lcriterion -lstdc++ -o $@

.PHONY: unit
unit: $(TEST_BIN) ## build and run the unit tests
	@status=0; for t in $(TEST_BIN); do $$t --quiet || { echo "failed: $$t"; status=1; }; done; exit $$status

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-debug build-asan build-tsan

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_BIN:=.d)
