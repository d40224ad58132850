#include "linux/features.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>

#include "feature_trials.hpp"
#include "linux/unique_fd.hpp"
#include "os_error.hpp"

namespace splash::linux {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kFeatures = std::to_array<FeatureInfo>({
#define SPLASH_FEATURE(name, text, need, what_for, mend) \
    {Feature::name, text, FeatureNeed::need, what_for, mend},
#include "features.def"
#undef SPLASH_FEATURE
});

/// What the child writes for each, all of it at once: pipes keep so little together.
struct Told {
    Feature feature{};
    Errc code{};
    bool worked = false;
    std::array<char, 200> detail{};
};

void tell(int pipe, const FeatureInfo& info, const Result<>& worked) {
    Told told{.feature = info.feature, .code = Errc::System, .worked = worked.has_value(), .detail = {}};
    if (!worked) {
        told.code = worked.error().code;
        std::strncpy(told.detail.data(), worked.error().detail.c_str(), told.detail.size() - 1);
    }
    static_cast<void>(!::write(pipe, &told, sizeof told));  // nobody reads: nobody wants to know
}

Result<> enter_own_namespace() {
    if (::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
        return {};
    }
    return os_failure(errno == EPERM ? Errc::NeedsRoot : Errc::Unsupported, "make a network namespace",
                      errno);
}

[[noreturn]] void be_the_child(int pipe) {
    const auto entered = enter_own_namespace();
    for (const FeatureInfo& info : kFeatures) {
        tell(pipe, info, entered ? try_feature(info.feature) : entered);
    }
    ::_exit(0);
}

std::map<Feature, Result<>> listen(int pipe, Clock::time_point end) {
    std::map<Feature, Result<>> heard;
    while (heard.size() < kFeatures.size()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd readable{.fd = pipe, .events = POLLIN, .revents = 0};
        if (left <= 0 || (::poll(&readable, 1, static_cast<int>(left)) < 0 && errno != EINTR)) {
            break;
        }
        Told told;
        if (readable.revents == 0) {
            continue;
        }
        if (::read(pipe, &told, sizeof told) != sizeof told) {
            break;
        }
        heard.emplace(told.feature,
                      told.worked ? Result<>() : Result<>(fail(told.code, std::string(told.detail.data()))));
    }
    return heard;
}

std::vector<FeatureTrial> all_failed(const Failure& failure) {
    std::vector<FeatureTrial> trials;
    trials.reserve(std::size(kFeatures));
    for (const FeatureInfo& info : kFeatures) {
        trials.push_back({&info, failure});
    }
    return trials;
}

}  // namespace

std::vector<FeatureTrial> try_features(std::chrono::milliseconds deadline) {
    const Clock::time_point end = Clock::now() + deadline;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return all_failed(os_failure("make a pipe", errno));
    }
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) {
        be_the_child(writing.get());
    }
    if (child < 0) {
        return all_failed(os_failure("fork", errno));
    }
    writing.reset();
    const auto heard = listen(reading.get(), end);
    ::kill(child, SIGKILL);  // it has ended, or hangs in a trial
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    std::vector<FeatureTrial> trials;
    for (const FeatureInfo& info : kFeatures) {
        const auto found = heard.find(info.feature);
        trials.push_back({&info, found != heard.end()
                                     ? found->second
                                     : Result<>(fail(Errc::TimedOut, "the kernel did not answer"))});
    }
    return trials;
}

}  // namespace splash::linux
