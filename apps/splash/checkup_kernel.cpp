#include <fmt/format.h>

#include "checkup.hpp"
#include "linux/features.hpp"

namespace splash::cli {
namespace {

Check from(const linux::FeatureTrial& trial) {
    const linux::FeatureInfo& info = *trial.info;
    Check check{.name = std::string(info.text), .state = CheckState::Ok, .why = "", .mend = ""};
    if (trial.worked) {
        check.why = fmt::format("works: {}", info.what_for);
        return check;
    }
    check.why = fmt::format("{} (for {})", trial.worked.error().detail, info.what_for);
    if (trial.worked.error().code == Errc::NeedsRoot) {
        check.state = CheckState::Warning;
        check.mend = "only root can try this: sudo splash doctor";
        return check;
    }
    check.state = info.need == linux::FeatureNeed::Spare ? CheckState::Warning : CheckState::No;
    check.mend = info.mend;
    return check;
}

}  // namespace

std::vector<Check> check_kernel(std::chrono::milliseconds deadline) {
    std::vector<Check> checks;
    for (const linux::FeatureTrial& trial : linux::try_features(deadline)) {
        checks.push_back(from(trial));
    }
    return checks;
}

}  // namespace splash::cli
