#include "row_program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "subtree_root.hpp"
#include "value_text.hpp"

namespace splash::cli {
namespace {

using isa::Opcode;

/// What stands at the top of every delivery.
constexpr std::int64_t kMore = 0;
constexpr std::int64_t kEnded = 1;

/// Writes the pieces of one program. On the stack are, from the bottom: what was found so far, the cursor c
/// (an instance of the key column), and while a row is looked at its instance o and key value v.
class RowProgramWriter {
public:
    RowProgramWriter(const RowQuery& query, Journey journey) : query_(query), journey_(journey) {}

    ///             (way there; the state before the first row)
    ///             push   oid:after
    ///     row:    pull   0
    ///             calls  "snmp_getnext"       ; c o v
    ///             (unless o is in the column and behind c: done)
    ///             (condition)
    ///             bne    match-pc
    ///     skip:   pop
    ///             store  1                    ; o is the cursor now
    ///             ji     again-pc
    ///     match:  (the row is taken into what was found; o is the cursor)
    ///     again:  (unless there is room and bound: more)
    ///             push   row                  ; the next round, on this node
    ///             push   -1
    ///             getrb
    ///             here
    ///             send
    ///             eqi    1
    ///             bez    more-pc
    ///             exit
    ///     full:   popi   values of the row    ; it goes home with the next packet
    ///     more:   push   0
    ///             ji     home-pc
    ///     done:   pull   0
    ///             isx
    ///             bne    ended-pc
    ///             push   0                    ; nobody needs a value behind the column
    ///             store  1
    ///     ended:  push   1
    ///     home:   (way home)
    ///             demuxall 0
    ProgramWriter write(const Oid& after, std::size_t limit) {
        ProgramWriter program;
        const auto match = program.new_label();
        const auto again = program.new_label();
        const auto full = program.new_label();
        const auto more = program.new_label();
        const auto done = program.new_label();
        const auto ended = program.new_label();
        const auto home = program.new_label();
        append_way_there(program, journey_);
        if (needs_cells()) {
            append_test_of_service(program);
        }
        append_first_state(program);
        program.push(after);
        const auto row = static_cast<std::int64_t>(program.instructions());
        program.op(Opcode::Pull, 0).call("snmp_getnext");
        program.op(Opcode::Pull, 1).push(SubtreeRoot(query_.key()).end()).op(Opcode::Lt);
        program.op(Opcode::Pull, 2).op(Opcode::Pull, 4).op(Opcode::Gt).op(Opcode::Mult);
        program.op(Opcode::Eqi, 1).jump(Opcode::Bez, done);
        if (query_.where) {
            query_.where->append_to(program,
                                    [this](ProgramWriter& code, std::size_t column, std::size_t depth) {
                                        append_value(code, query_.where->columns()[column].object, depth);
                                    });
            program.jump(Opcode::Bne, match);
            program.op(Opcode::Pop).op(Opcode::Store, 1).jump(Opcode::Ji, again);
            program.place(match);
        }
        if (!query_.aggregate) {
            append_row(program, static_cast<std::int32_t>(limit), full);
        } else if (query_.aggregate->picks_rows()) {
            append_pick(program);
        } else {
            append_sum(program);
        }
        program.place(again);
        program.op(Opcode::GetRb).op(Opcode::Lti, journey_ == Journey::ByHop ? kBoundForHops : 2);
        program.op(Opcode::GetSize).op(Opcode::Gti, static_cast<std::int32_t>(limit)).op(Opcode::Or);
        program.jump(Opcode::Bne, more);
        program.push(row).push(std::int64_t{-1}).op(Opcode::GetRb).op(Opcode::Here).op(Opcode::Send);
        program.op(Opcode::Eqi, 1).jump(Opcode::Bez, more).op(Opcode::Exit);
        program.place(full).op(Opcode::Popi, 1 + shown());
        program.place(more).push(kMore).jump(Opcode::Ji, home);
        program.place(done).op(Opcode::Pull, 0).op(Opcode::IsExc).jump(Opcode::Bne, ended);
        program.push(std::int64_t{0}).op(Opcode::Store, 1);
        program.place(ended).push(kEnded).place(home);
        append_way_home(program, journey_);
        return program.op(Opcode::Demuxall, 0);
    }

private:
    [[nodiscard]] std::int32_t shown() const { return static_cast<std::int32_t>(query_.shown.size()); }
    [[nodiscard]] bool needs_cells() const { return query_.columns().size() > 1; }

    /// A node of an earlier version would pop nothing and go wrong later.
    void append_test_of_service(ProgramWriter& program) const {
        const auto known = program.new_label();
        program.push(query_.key()).push(query_.key()).push(std::int64_t{0}).call("snmp_getcell");
        program.push(isa::Exc::NoSuchService).op(Opcode::Eq).jump(Opcode::Bez, known);
        program.push(isa::Exc::NoSuchService);
        append_way_home(program, journey_);
        program.op(Opcode::Demuxi, 0).place(known);
    }

    /// A column's or an instance's value. `above`: so many values lie on top of v.
    void append_value(ProgramWriter& program, const Oid& object, std::size_t above) const {
        const auto depth = static_cast<std::int32_t>(above);
        if (object == query_.key()) {
            program.op(Opcode::Pull, depth);
        } else if (is_instance(object, query_.entry)) {
            program.push(object).call("snmp_getsingle");
        } else {
            program.push(object).op(Opcode::Pull, depth + 2);
            program.push(static_cast<std::int64_t>(query_.key().subids().size())).call("snmp_getcell");
        }
    }

    void append_first_state(ProgramWriter& program) const {
        if (query_.aggregate && query_.aggregate->picks_rows()) {
            for (unsigned i = 0; i < query_.aggregate->most; ++i) {
                program.push(std::int64_t{0}).push(worst());
            }
        } else if (query_.aggregate) {
            program.push(std::int64_t{0}).push(std::int64_t{0});
        }
    }
    /// Every number is better.
    [[nodiscard]] double worst() const {
        constexpr double kInfinity = std::numeric_limits<double>::infinity();
        return query_.aggregate->function == Aggregate::Function::Minimum ? kInfinity : -kInfinity;
    }

    /// c o x1  becomes  o xk x1 .. x(k-1) o: the row, and the cursor on top.
    void append_row(ProgramWriter& program, std::int32_t limit, ProgramWriter::Label full) const {
        const std::int32_t k = shown();
        for (std::size_t i = 1; i < query_.shown.size(); ++i) {
            append_value(program, query_.shown[i], i - 1);
        }
        program.op(Opcode::GetSize).op(Opcode::Gti, limit);
        program.op(Opcode::Depth).op(Opcode::Gti, k + 3).op(Opcode::And);  // the only row goes in any case
        program.jump(Opcode::Bne, full);
        program.op(Opcode::Pull, k).op(Opcode::Store, k + 2);
        program.op(Opcode::Pull, k).op(Opcode::Swap).op(Opcode::Store, k + 1);
    }

    /// n s c o v  becomes  n+1 s+x o.
    void append_sum(ProgramWriter& program) const {
        const auto number = program.new_label();
        const auto next = program.new_label();
        if (query_.aggregate->column) {
            append_value(program, *query_.aggregate->column, 0);
            program.op(Opcode::Pull, 0).op(Opcode::IsExc).jump(Opcode::Bez, number);
            program.op(Opcode::Pop).jump(Opcode::Ji, next);
            program.place(number).op(Opcode::Pull, 4).op(Opcode::Add).op(Opcode::Store, 4);
        }
        program.op(Opcode::Pull, 4).op(Opcode::Addi, 1).op(Opcode::Store, 5);
        program.place(next).op(Opcode::Pop).op(Opcode::Store, 1);
    }

    /// o1 v1 .. on vn c o v: o and its value sink from the best place to their own, and what they push out
    /// goes on sinking.
    void append_pick(ProgramWriter& program) const {
        const auto next = program.new_label();
        const bool is_least = query_.aggregate->function == Aggregate::Function::Minimum;
        append_value(program, *query_.aggregate->column, 0);
        program.op(Opcode::Pull, 0).op(Opcode::IsExc).jump(Opcode::Bne, next);
        program.op(Opcode::Pull, 2).op(Opcode::Swap);  // .. c o v o x
        const auto most = static_cast<std::int32_t>(query_.aggregate->most);
        for (std::int32_t i = 0; i < most; ++i) {
            const auto stays = program.new_label();
            const std::int32_t value = 5 + 2 * (most - 1 - i);  // places of slot i, counted from the top
            const std::int32_t oid = value + 1;
            program.op(Opcode::Pull, 0).op(Opcode::Pull, value + 1);
            program.op(is_least ? Opcode::Lt : Opcode::Gt).jump(Opcode::Bez, stays);
            program.op(Opcode::Pull, value).op(Opcode::Pull, 1).op(Opcode::Store, value + 2);
            program.op(Opcode::Store, 1);
            program.op(Opcode::Pull, oid).op(Opcode::Pull, 2).op(Opcode::Store, oid + 2);
            program.op(Opcode::Store, 2);
            program.place(stays);
        }
        program.op(Opcode::Pop);
        program.place(next).op(Opcode::Popi, 2).op(Opcode::Store, 1);
    }

    const RowQuery& query_;
    Journey journey_;
};

Failure malformed(const Delivery& delivery, const Target& target) {
    return fail(Errc::Protocol, fmt::format("{} delivered {} values that are no rows", target.to_string(),
                                            delivery.values.size()));
}

/// What lies below the cursor. False: it is not what such a program leaves.
bool take_found(const RowQuery& query, std::span<const isa::Value> found, RowTally& tally) {
    if (query.aggregate && !query.aggregate->picks_rows()) {
        const auto* const count = found.size() == 2 ? std::get_if<std::int64_t>(&found[0]) : nullptr;
        const bool is_number = count != nullptr && (std::holds_alternative<std::int64_t>(found[1]) ||
                                                    std::holds_alternative<double>(found[1]));
        if (is_number) {
            tally.add(*count, found[1]);
        }
        return is_number;
    }
    const std::size_t width = 1 + (query.aggregate ? 1 : query.shown.size());
    if (found.size() % width != 0) {
        return false;
    }
    for (; !found.empty(); found = found.subspan(width)) {
        const auto* const instance = std::get_if<Oid>(&found[0]);
        if (instance == nullptr && query.aggregate) {
            continue;  // a place that was not taken
        }
        if (instance == nullptr || !instance->starts_with(query.key())) {
            return false;
        }
        if (query.aggregate) {
            if (!std::holds_alternative<std::int64_t>(found[1]) &&
                !std::holds_alternative<double>(found[1])) {
                return false;
            }
            tally.pick(*instance, found[1]);
            continue;
        }
        // The last column's value stands first: see append_row().
        ChosenRow row{.instance = *instance,
                      .values = {found.begin() + 2, found.begin() + static_cast<std::ptrdiff_t>(width)}};
        row.values.push_back(found[1]);
        tally.take_row(std::move(row));
    }
    return true;
}

}  // namespace

Result<isa::Packet> row_program(const RowQuery& query, const Oid& after, std::size_t room, Journey journey) {
    RowProgramWriter writer(query, journey);
    const ProgramWriter draft = writer.write(after, 0);
    if (!draft.is_sound() || draft.size() > kRoomyPacket) {
        return fail(Errc::TooLarge,
                    fmt::format("the columns and the condition make a program of {} octets, {} fit a packet",
                                draft.size(), kRoomyPacket));
    }
    // getsize also counts what stays behind, all but two instructions.
    constexpr std::size_t kCodeHome = 2 * sizeof(std::uint32_t);
    const std::size_t stays = draft.size() - isa::kHeaderSize4 - kCodeHome;
    // Cursors that have been passed lie in the heap until the packet leaves. Where what comes home does not
    // grow with the rows, most of the usual workspace may fill up with them.
    constexpr std::size_t kOfWorkspace = 6;
    const std::size_t limit = query.aggregate ? kOfWorkspace * room : room;
    return writer.write(after, limit + stays).finish();
}

Result<std::optional<Oid>> read_rows(const RowQuery& query, const Oid& after, const Delivery& delivery,
                                     const Target& target, RowTally& tally) {
    std::span<const isa::Value> values = delivery.values;
    if (!values.empty() && values.back() == isa::Value(isa::Exc::NoSuchService)) {
        return fail(Errc::Unsupported,
                    fmt::format("{} lacks the service that reads cells (snmp_getcell)", target.to_string()));
    }
    const auto* const mark = values.empty() ? nullptr : std::get_if<std::int64_t>(&values.back());
    const std::size_t trailing =
        mark != nullptr && *mark == kEnded ? 4 : 2;  // cursor, and what ended it; mark
    if (mark == nullptr || values.size() < trailing) {
        return malformed(delivery, target);
    }
    const auto* const cursor = std::get_if<Oid>(&values[values.size() - trailing]);
    if (cursor == nullptr || !cursor->starts_with(query.key()) ||
        !take_found(query, values.first(values.size() - trailing), tally)) {
        return malformed(delivery, target);
    }
    if (*mark != kEnded) {
        if (*cursor <= after) {
            return malformed(delivery, target);
        }
        return std::optional(*cursor);
    }
    const isa::Value& last = values[values.size() - 2];
    const auto* const object = std::get_if<Oid>(&values[values.size() - 3]);
    if (last == isa::Value(isa::Exc::EndOfMibView) ||
        (object != nullptr && !object->starts_with(query.key()))) {
        return std::optional<Oid>();
    }
    if (const auto* const exception = std::get_if<isa::Exc>(&last)) {
        return fail(Errc::Refused, fmt::format("{}: {}", target.to_string(), isa::to_string(*exception)));
    }
    return fail(Errc::Protocol,
                fmt::format("{} came after {}: the agent's OIDs do not increase",
                            object != nullptr ? print_object(*object) : "?", print_object(*cursor)));
}

}  // namespace splash::cli
