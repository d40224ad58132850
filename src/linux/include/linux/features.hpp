// Capability probing: which features of the kernel work here, found out by using each.
//
// A child process enters a network namespace of its own and tries one after the other, so nothing is left
// behind however it ends, and no feature that hangs can hold the caller. Without CAP_SYS_ADMIN the child
// makes a user namespace first, in which all but BPF can be tried.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace splash::linux {

enum class Feature : std::uint8_t {
#define SPLASH_FEATURE(name, text, need, what_for, mend) name,
#include "features.def"
#undef SPLASH_FEATURE
};

/// Who cannot do without it.
enum class FeatureNeed : std::uint8_t { Node, Lab, Spare };

struct FeatureInfo {
    Feature feature;
    std::string_view text;
    FeatureNeed need;
    std::string_view what_for;
    std::string_view mend;
};

struct FeatureTrial {
    const FeatureInfo* info = nullptr;
    Result<> worked;  ///< NeedsRoot: could not be tried; TimedOut; else the kernel's refusal
};

/// Tries all of spec/features.def, in its order. Blocks until the deadline at most.
[[nodiscard]] std::vector<FeatureTrial> try_features(std::chrono::milliseconds deadline);

}  // namespace splash::linux
