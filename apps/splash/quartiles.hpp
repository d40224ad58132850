// Medians and quartiles of measured times.
#pragma once

#include <vector>

namespace splash::cli {

struct Quartiles {
    double lower = 0;
    double median = 0;
    double upper = 0;
    bool operator==(const Quartiles&) const = default;
};

/// By linear interpolation between the two closest ranks (the default of R and NumPy). `samples` is not
/// empty.
[[nodiscard]] Quartiles quartiles(std::vector<double> samples);

}  // namespace splash::cli
