#include "bulk_reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "value_text.hpp"
#include "walking.hpp"

namespace splash::cli {
namespace {

/// `oid` with one arc more; nullopt if it cannot be longer.
std::optional<Oid> child(const Oid& oid, std::uint32_t arc) {
    std::vector<std::uint32_t> subids(oid.subids().begin(), oid.subids().end());
    subids.push_back(arc);
    return Oid::from_subids(subids);
}

/// The highest listed column of a table; 0 if none is.
std::uint32_t last_listed(const Oid& entry) {
    constexpr std::uint32_t kMostListed = 64;
    for (std::uint32_t arc = kMostListed; arc > 0; --arc) {
        const auto column = child(entry, arc);
        const auto name = column ? name_from_oid(*column) : std::nullopt;
        if (name && name->find('.') == std::string::npos) {
            return arc;
        }
    }
    return 0;
}

}  // namespace

unsigned Pace::repetitions(std::size_t columns) const {
    return static_cast<unsigned>(std::max<std::size_t>(1, std::min(bindings_, most_) / columns));
}

void Pace::answered(unsigned asked, std::size_t columns, const BulkAnswer& answer) {
    const std::size_t wanted = std::size_t{asked} * columns;
    const std::size_t came = answer.lines.size();
    if (came < wanted) {
        most_ = std::max(came, columns);
        return;
    }
    const bool is_fast = answer.elapsed * 4 < timeout_;
    const std::size_t fitting = kMostAnswer * came / std::max<std::size_t>(answer.octets, 1);
    bindings_ = is_fast ? std::max(std::min(2 * wanted, fitting), columns) : wanted;
}

bool Pace::failed(unsigned asked, std::size_t columns) {
    most_ = std::max<std::size_t>(1, asked / 2) * columns;
    return asked > 1;
}

Result<std::vector<Line>> BulkReader::rows_behind(const std::vector<Oid>& after) {
    unsigned tried = 0;
    while (true) {
        const unsigned repetitions = pace_.repetitions(after.size());
        auto answer = ask_(after, repetitions);
        if (answer) {
            pace_.answered(repetitions, after.size(), *answer);
            return std::move(answer->lines);
        }
        const Errc code = answer.error().code;
        const bool is_less = pace_.failed(repetitions, after.size());
        const bool may_help = code == Errc::TimedOut ? tried++ < tries_.retries && !tries_.is_over()
                                                     : code == Errc::TooLarge && is_less;
        if (!may_help) {
            return code == Errc::TimedOut
                       ? fail(code, fmt::format("{} {} by SNMP", tried, tried == 1 ? "try" : "tries"))
                       : Failure(answer.error());
        }
    }
}

Result<std::vector<Line>> BulkReader::next_of(const std::vector<Oid>& after) {
    std::vector<Line> found;
    std::size_t most = after.size();
    unsigned tried = 0;
    while (found.size() < after.size()) {
        const auto begin = after.begin() + static_cast<std::ptrdiff_t>(found.size());
        const std::size_t count = std::min(most, after.size() - found.size());
        auto answer = ask_({begin, begin + static_cast<std::ptrdiff_t>(count)}, 1);
        if (answer && answer->lines.empty()) {
            return fail(Errc::Protocol, "an answer without bindings");
        }
        if (answer) {
            const std::size_t came = std::min(answer->lines.size(), count);
            std::move(answer->lines.begin(), answer->lines.begin() + static_cast<std::ptrdiff_t>(came),
                      std::back_inserter(found));
            continue;
        }
        const Errc code = answer.error().code;
        const bool may_help = code == Errc::TimedOut ? tried++ < tries_.retries && !tries_.is_over()
                                                     : code == Errc::TooLarge && count > 1;
        if (!may_help) {
            return code == Errc::TimedOut
                       ? fail(code, fmt::format("{} {} by SNMP", tried, tried == 1 ? "try" : "tries"))
                       : Failure(answer.error());
        }
        most = std::max<std::size_t>(1, count / 2);
    }
    return found;
}

ColumnsReading::ColumnsReading(const std::vector<Oid>& columns, Ordering ordering) : ordering_(ordering) {
    for (const Oid& column : columns) {
        readings_.push_back({.column = column, .last = column, .seen = {}});
    }
    look_for_open();
}

void ColumnsReading::look_for_open() {
    open_.clear();
    after_.clear();
    for (Reading& reading : readings_) {
        if (!reading.has_ended) {
            open_.push_back(&reading);
            after_.push_back(reading.last);
        }
    }
}

Result<bool> ColumnsReading::take_line(Reading& reading, const Line& line,
                                       const std::function<void(const Line&)>& take) {
    if (line.value == isa::Value(isa::Exc::EndOfMibView) || !line.object.starts_with(reading.column)) {
        return false;
    }
    const bool is_circle = ordering_ == Ordering::Ascending ? line.object <= reading.last
                                                            : !reading.seen.insert(line.object).second;
    if (is_circle) {
        return circle(line.object, reading.last, ordering_);
    }
    take(line);
    reading.last = line.object;
    return true;
}

Result<> ColumnsReading::take_lines(const std::vector<Line>& lines,
                                    const std::function<void(const Line&)>& take) {
    if (lines.empty()) {
        return fail(Errc::Protocol, fmt::format("nothing was said to follow {}", print_object(after_[0])));
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        Reading& reading = *open_[i % open_.size()];
        if (reading.has_ended) {
            continue;
        }
        const auto goes_on = take_line(reading, lines[i], take);
        if (!goes_on) {
            return Failure(goes_on.error());
        }
        reading.has_ended = !*goes_on;
    }
    look_for_open();
    return {};
}

Result<> read_columns(const std::vector<Oid>& columns, Ordering ordering, BulkReader& reader,
                      const std::function<void(const Line&)>& take) {
    ColumnsReading reading(columns, ordering);
    while (!reading.after().empty()) {
        const auto lines = reader.rows_behind(reading.after());
        if (!lines) {
            return Failure(lines.error());
        }
        if (auto taken = reading.take_lines(*lines, take); !taken) {
            return taken;
        }
    }
    return {};
}

Result<std::vector<Oid>> find_columns(const Oid& entry, const NextOf& next_of) {
    constexpr std::uint32_t kUnlisted = 32;
    const std::uint32_t listed = last_listed(entry);
    const std::uint32_t first_run = listed == 0 ? kUnlisted : listed + 1;  // one more: agents may know more
    const std::size_t at = entry.subids().size();
    std::vector<Oid> found;
    for (std::uint32_t from = 1, until = first_run;;) {
        std::vector<Oid> asked;
        for (std::uint32_t arc = from; arc <= until; ++arc) {
            if (auto column = child(entry, arc)) {
                asked.push_back(*std::move(column));
            }
        }
        const auto lines = next_of(asked);
        if (!lines) {
            return Failure(lines.error());
        }
        std::uint32_t last = 0;
        for (const Line& line : *lines) {
            const auto subids = line.object.subids();
            const bool is_cell = line.object.starts_with(entry) && subids.size() > at + 1 &&
                                 !std::holds_alternative<isa::Exc>(line.value);
            const auto column = is_cell ? child(entry, subids[at]) : std::nullopt;
            if (column && std::ranges::find(found, *column) == found.end()) {
                found.push_back(*column);
            }
            last = is_cell ? subids[at] : 0;
        }
        if (last < until || last == std::numeric_limits<std::uint32_t>::max()) {
            return found;
        }
        from = until = last + 1;
    }
}

Result<Oid> find_entry(const Oid& root, const NextOf& next_of) {
    const auto entry = child(root, 1);
    const auto name = name_from_oid(root);
    if (!entry || (name && name->find('.') == std::string::npos)) {
        return entry && !(name && name->ends_with("Entry")) ? *entry : root;
    }
    // A table has its entry below it and nothing else.
    const auto second = child(root, 2);
    const auto lines = next_of({*second});
    if (!lines) {
        return Failure(lines.error());
    }
    return !lines->empty() && lines->front().object.starts_with(root) &&
                   !std::holds_alternative<isa::Exc>(lines->front().value)
               ? root
               : *entry;
}

}  // namespace splash::cli
