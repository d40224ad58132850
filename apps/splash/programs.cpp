#include "programs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

#include "base/assert.hpp"

namespace splash::cli {
namespace {

using isa::Opcode;

/// What spec/services.def says a service costs, in budget units.
constexpr std::size_t cost_of(std::string_view service) {
#define SPLASH_SERVICE(set, name, arguments, results, cost, right, when, meaning) \
    if (service == (name)) {                                                      \
        return cost;                                                              \
    }
#include "services.def"
#undef SPLASH_SERVICE
    return 0;
}

/// So many questions a node answers within its usual budget of 4,096 units besides one an instruction, if
/// each moves up to 1 KiB of arguments and results at one unit per 64 octets.
constexpr std::size_t kMostQuestions = 4096 / (cost_of("snmp_getsingle") + 16);
static_assert(cost_of("snmp_getsingle") > 0 && kMostQuestions > 1);
static_assert(cost_of("snmp_getnext") == cost_of("snmp_getsingle") &&
              cost_of("snmp_setonce") == cost_of("snmp_getsingle"));

void append_question(ProgramWriter& program, const Question& question) {
    switch (question.kind) {
        case Question::Kind::Get: program.push(question.object).call("snmp_getsingle"); break;
        case Question::Kind::Next: program.push(question.object).call("snmp_getnext"); break;
        case Question::Kind::Set:
            program.push(question.id).push(question.object).push(question.value).call("snmp_setonce");
            break;
    }
}

ProgramWriter write_questions(std::span<const Question> questions, Journey journey) {
    ProgramWriter program;
    append_way_there(program, journey);
    for (const Question& question : questions) {
        append_question(program, question);
    }
    append_way_home(program, journey);
    program.op(Opcode::Demuxall, 0);
    return program;
}

/// Leaves the tuple of the node it is executed on.
void append_hop(ProgramWriter& program, const std::vector<Oid>& objects) {
    const auto name = oid_from_name("sysName.0");
    SPLASH_ASSERT(name.has_value(), "sysName is listed");
    program.op(Opcode::Depth).op(Opcode::Here).push(*name).call("snmp_getsingle").op(Opcode::Now);
    for (const Oid& object : objects) {
        program.push(object).call("snmp_getsingle");
    }
    program.op(Opcode::Mktup, static_cast<std::int32_t>(4 + objects.size()));
}

}  // namespace

void append_way_home(ProgramWriter& program, Journey journey) {
    switch (journey) {
        case Journey::Stays: break;
        case Journey::Direct: program.op(Opcode::GetSrc).op(Opcode::Dmoveto, 1).op(Opcode::Dforw); break;
        case Journey::ByHop: program.op(Opcode::GetSrc).op(Opcode::Moveto, 1).op(Opcode::Forw); break;
    }
}

void append_way_there(ProgramWriter& program, Journey journey) {
    switch (journey) {
        case Journey::Stays: break;
        case Journey::Direct: program.op(Opcode::Dforw); break;
        case Journey::ByHop: program.op(Opcode::Forw); break;
    }
}

ProgramWriter& ProgramWriter::op(isa::Opcode opcode, std::int32_t immediate) {
    code_.push_back(isa::Instruction{static_cast<std::uint8_t>(opcode), immediate}.to_word());
    return *this;
}

ProgramWriter& ProgramWriter::call(std::string_view service) {
    return op(Opcode::Calls, static_cast<std::int32_t>(isa::service_id(service)));
}

void ProgramWriter::push_constant(isa::Opcode opcode, ConstBytes octets) {
    // Constants have no object headers: a string object is just its octets, whatever the push makes of them.
    if (octets.size() > isa::ConstPlace::kMaxLength || heap_.heap().size() > isa::ConstPlace::kMaxOffset) {
        is_sound_ = false;
        return;
    }
    const isa::HeapRef ref = heap_.put(isa::Str{std::string(as_text(octets))}).ref();
    const isa::ConstPlace place{ref.offset, ref.length};
    op(opcode, static_cast<std::int32_t>(place.to_immediate()));
}

ProgramWriter& ProgramWriter::push(const isa::Value& value) {
    std::array<std::byte, 8> eight{};
    switch (isa::type_of(value)) {
        case isa::Type::Int: {
            const std::int64_t v = std::get<std::int64_t>(value);
            if (v >= isa::kMinImmediate && v <= isa::kMaxImmediate) {
                op(Opcode::PushInt, static_cast<std::int32_t>(v));
                break;
            }
            store_be<std::uint64_t>(eight, 0, static_cast<std::uint64_t>(v));
            push_constant(Opcode::PushWide, eight);
            break;
        }
        case isa::Type::Float:
            store_be<std::uint64_t>(eight, 0, std::bit_cast<std::uint64_t>(std::get<double>(value)));
            push_constant(Opcode::PushFlt, eight);
            break;
        case isa::Type::Addr: push_constant(Opcode::PushAddr, std::get<IpAddress>(value).octets()); break;
        case isa::Type::Str:
            push_constant(Opcode::PushStr, as_bytes(std::get<isa::Str>(value).octets));
            break;
        case isa::Type::Oid: push_constant(Opcode::PushOid, std::get<Oid>(value).to_ber()); break;
        case isa::Type::Exc: op(Opcode::PushExc, static_cast<std::int32_t>(std::get<isa::Exc>(value))); break;
        case isa::Type::Tuple: SPLASH_ASSERT(false, "tuples are made by mktup"); break;
    }
    return *this;
}

ProgramWriter& ProgramWriter::begin_with(const isa::Value& value) {
    stack_.push_back(heap_.put(value));
    return *this;
}

ProgramWriter::Label ProgramWriter::new_label() {
    places_.push_back(0);
    return static_cast<Label>(places_.size() - 1);
}

ProgramWriter& ProgramWriter::jump(isa::Opcode opcode, Label to) {
    jumps_.push_back({code_.size(), to});
    return op(opcode);
}

ProgramWriter& ProgramWriter::place(Label label) {
    places_[static_cast<std::size_t>(label)] = code_.size();
    return *this;
}

std::size_t ProgramWriter::size() const {
    return isa::kHeaderSize4 + code_.size() * 4 + heap_.heap().size() + stack_.size() * isa::kWordSize;
}

isa::Packet ProgramWriter::finish() const {
    SPLASH_ASSERT(is_sound_, "a constant is out of reach");
    isa::Packet packet;
    packet.header.flags = isa::Flags::kTrimmable;
    packet.code = code_;
    for (const Jump& jump : jumps_) {
        isa::Instruction instruction = isa::Instruction::from_word(packet.code[jump.at]);
        const std::size_t to = places_[static_cast<std::size_t>(jump.to)];
        SPLASH_ASSERT(to > jump.at, "jumps go ahead, to labels that are placed");
        instruction.immediate = static_cast<std::int32_t>(to - jump.at);
        packet.code[jump.at] = instruction.to_word();
    }
    packet.heap = heap_.heap();
    packet.stack = stack_;
    return packet;
}

std::vector<Question> questions_about(Question::Kind kind, const std::vector<Oid>& objects) {
    std::vector<Question> questions;
    questions.reserve(objects.size());
    for (const Oid& object : objects) {
        questions.push_back({kind, object, {}, 0});
    }
    return questions;
}

Result<std::vector<std::span<const Question>>> split_questions(std::span<const Question> questions,
                                                               Journey journey, std::size_t room) {
    std::vector<std::span<const Question>> runs;
    std::size_t begin = 0;
    while (begin < questions.size()) {
        std::size_t count = 0;
        std::size_t size = 0;
        while (begin + count < questions.size() && count < kMostQuestions) {
            const ProgramWriter longer = write_questions(questions.subspan(begin, count + 1), journey);
            size = longer.size();
            if (!longer.is_sound() || size > room) {
                break;
            }
            ++count;
        }
        if (count == 0) {
            return fail(Errc::TooLarge, fmt::format("{} and its value make a packet of over {} octets",
                                                    questions[begin].object.to_string(), room));
        }
        runs.push_back(questions.subspan(begin, count));
        begin += count;
    }
    return runs;
}

/// Get, with travel:
///             forw
///             push   oid:...
///             calls  "snmp_getsingle"     ; a pair for every object
///             (way home)
///             demuxall 0
isa::Packet question_program(std::span<const Question> questions, Journey journey) {
    return write_questions(questions, journey).finish();
}

///             depth
///             here
///             push   oid:sysName.0
///             calls  "snmp_getsingle"
///             now
///             push   oid:...
///             calls  "snmp_getsingle"     ; a pair for every object
///             mktup  4 + number of objects
///             forw                        ; at every hop: look, move on
///             (way home)
///             demuxall 0
isa::Packet path_program(const std::vector<Oid>& objects) {
    ProgramWriter program;
    append_hop(program, objects);
    program.op(Opcode::Forw);
    append_way_home(program, Journey::ByHop);
    return program.op(Opcode::Demuxall, 0).finish();
}

///             dforw                       ; to the node behind which it begins; by hop: forw
///             push   target
///             moveto hop-pc
///     hop:    (the node's tuple)
///             getdst
///             ishere
///             bne    there-pc
///             getsize
///             gti    limit
///             getrb                       ; by hop less the way home so far: depth, sub
///             lti    3                    ; one to arrive with at home; by hop with those before
///             or
///             bne    early-pc
///             forw
///     there:  push   1
///             ji     home-pc
///     early:  push   "address"            ; one that is routed to, as those of links need not be
///             calls  "node_info"
///             push   0
///     home:   (way home)
///             demuxall 0
isa::Packet path_sector_program(const std::vector<Oid>& objects, const PathSector& sector) {
    constexpr std::int32_t kLeastBound = 3;
    ProgramWriter program;
    const bool is_by_hop = sector.journey == Journey::ByHop;
    const auto hop = program.new_label();
    const auto there = program.new_label();
    const auto early = program.new_label();
    const auto home = program.new_label();
    if (sector.from) {
        program.op(is_by_hop ? Opcode::Forw : Opcode::Dforw)
            .push(sector.target)
            .jump(Opcode::Moveto, hop)
            .place(hop);
    }
    append_hop(program, objects);
    program.op(Opcode::GetDst).op(Opcode::IsHere).jump(Opcode::Bne, there);
    program.op(Opcode::GetSize).op(Opcode::Gti, sector.limit);
    program.op(Opcode::GetRb);
    if (is_by_hop) {
        program.op(Opcode::Depth).op(Opcode::Sub);
    }
    program.op(Opcode::Lti, kLeastBound + (is_by_hop ? sector.hops_before : 0));
    program.op(Opcode::Or).jump(Opcode::Bne, early);
    program.op(Opcode::Forw);
    program.place(there).push(std::int64_t{1}).jump(Opcode::Ji, home);
    program.place(early).push(isa::Str{"address"}).call("node_info").push(std::int64_t{0}).place(home);
    append_way_home(program, sector.journey);
    return program.op(Opcode::Demuxall, 0).finish();
}

/// On the stack is what was found, bottom first, and on top the OID to go on from.
///             (way there)
///             push   oid:after
///     row:    pull   0
///             calls  "snmp_getnext"
///             pull   1
///             push   oid:end              ; a subtree is all that lies before its end
///             lt
///             pull   2
///             pull   4
///             gt
///             mult                        ; of an exception it makes that exception
///             eqi    1
///             bez    done-pc
///             pull   1                    ; last o v  becomes  o v o
///             store  3
///             swap
///             getsize
///             gti    limit
///             getrb
///             lti    reserve              ; the way home costs bound
///             or
///             bne    full-pc
///             push   row                  ; the next round, on this node
///             push   -1
///             getrb
///             here
///             send
///             eqi    1
///             bez    keep-pc
///             exit
///     done:   pull   0
///             isx
///             bne    home-pc
///             push   0                    ; nobody needs the value of what is not in the subtree
///             store  1
///             ji     home-pc
///     full:   depth                       ; without the row that is too much, unless it is the only one
///             gti    3
///             bez    keep-pc
///             popi   2
///     keep:   pop
///     home:   (way home)
///             demuxall 0
isa::Packet walk_program(const Stretch& stretch, Journey journey) {
    const auto write = [&](std::size_t limit) {
        ProgramWriter program;
        const auto done = program.new_label();
        const auto full = program.new_label();
        const auto keep = program.new_label();
        const auto home = program.new_label();
        append_way_there(program, journey);
        program.push(stretch.after);
        const auto row = static_cast<std::int64_t>(program.instructions());
        program.op(Opcode::Pull, 0).call("snmp_getnext").op(Opcode::Pull, 1);
        program.push(stretch.end).op(Opcode::Lt);
        if (stretch.ordering == Ordering::Ascending) {
            program.op(Opcode::Pull, 2).op(Opcode::Pull, 4).op(Opcode::Gt).op(Opcode::Mult);
        }
        program.op(Opcode::Eqi, 1).jump(Opcode::Bez, done);
        program.op(Opcode::Pull, 1).op(Opcode::Store, 3).op(Opcode::Swap);
        program.op(Opcode::GetSize).op(Opcode::Gti, static_cast<std::int32_t>(limit));
        program.op(Opcode::GetRb).op(Opcode::Lti, journey == Journey::ByHop ? kBoundForHops : 2);
        program.op(Opcode::Or).jump(Opcode::Bne, full);
        program.push(row).push(std::int64_t{-1}).op(Opcode::GetRb).op(Opcode::Here).op(Opcode::Send);
        program.op(Opcode::Eqi, 1).jump(Opcode::Bez, keep).op(Opcode::Exit);
        program.place(done).op(Opcode::Pull, 0).op(Opcode::IsExc).jump(Opcode::Bne, home);
        program.push(std::int64_t{0}).op(Opcode::Store, 1).jump(Opcode::Ji, home);
        program.place(full).op(Opcode::Depth).op(Opcode::Gti, 3).jump(Opcode::Bez, keep);
        program.op(Opcode::Popi, 2);
        program.place(keep).op(Opcode::Pop).place(home);
        append_way_home(program, journey);
        return program.op(Opcode::Demuxall, 0);
    };
    // getsize also counts what stays behind, all but two instructions, and the OID on top.
    constexpr std::size_t kCodeHome = 2 * sizeof(std::uint32_t);
    const std::size_t stays = write(0).size() - isa::kHeaderSize4 - kCodeHome + isa::kWordSize;
    return write(stretch.room + stays).finish();
}

isa::Packet route_program() {
    ProgramWriter program;
    program.op(Opcode::Here).op(Opcode::Forw).push(isa::Str{"version"}).call("node_info");
    append_way_home(program, Journey::Direct);
    return program.op(Opcode::Demuxall, 0).finish();
}

isa::Packet node_info_program(std::string_view fact, Journey journey) {
    ProgramWriter program;
    append_way_there(program, journey);
    program.push(isa::Str{std::string(fact)}).call("node_info");
    append_way_home(program, journey);
    return program.op(Opcode::Demuxall, 0).finish();
}

bool can_deliver(const isa::Packet& program) {
    return std::ranges::any_of(program.code, [](std::uint32_t instruction) {
        const auto opcode = static_cast<isa::Opcode>(instruction >> 24U);
        return opcode == isa::Opcode::Demux || opcode == isa::Opcode::Demuxi ||
               opcode == isa::Opcode::Demuxall;
    });
}

}  // namespace splash::cli
