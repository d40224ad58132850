// Where the nodes of a topology stand in a drawing.
#pragma once

#include <vector>

#include "lab/lab.hpp"

namespace splash::lab {

struct Point {
    double x = 0;
    double y = 0;
};

/// A point for every node, in units of a usual link's length; x to the right, y down, anywhere in the plane.
/// What generate() made is drawn as what it is, everything else so that distances follow the number of hops.
/// The same topology gives the same points.
[[nodiscard]] std::vector<Point> lay_out(const Topology& topology);

}  // namespace splash::lab
