// The program that walks a table on its node and brings home only the rows that are wanted, or what they come
// to.
#pragma once

#include <vector>

#include "answers.hpp"
#include "base/error.hpp"
#include "programs.hpp"
#include "row_query.hpp"
#include "target.hpp"

namespace splash::cli {

/// Goes through the rows behind `after`, an instance of the key column or that column itself. Ends where the
/// column ends, where what is found would no longer fit `room` octets of SNAP, or where the bound runs low;
/// at least one row gets done.
/// @error TooLarge the condition and the columns make too large a program
[[nodiscard]] Result<isa::Packet> row_program(const RowQuery& query, const Oid& after, std::size_t room,
                                              Journey journey);

/// Puts what such a program delivered into the tally.
/// @return where to go on from; nullopt at the column's end
/// @error Unsupported the node is too old; Refused its reason; Protocol it went in a circle, or no such
/// delivery
[[nodiscard]] Result<std::optional<Oid>> read_rows(const RowQuery& query, const Oid& after,
                                                   const Delivery& delivery, const Target& target,
                                                   RowTally& tally);

}  // namespace splash::cli
