#include "random_program.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>

namespace splash::property {

using isa::Opcode;
using isa::Type;
using isa::Value;
using isa::Word;

std::uint64_t run_seed() {
    static const std::uint64_t seed = [] {
        const char* const given = std::getenv("SPLASH_SEED");
        const std::uint64_t s = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
        std::printf("SPLASH_SEED=%llu repeats this run\n", static_cast<unsigned long long>(s));
        return s;
    }();
    return seed;
}

namespace {

/// What an instruction wants on the stack, deepest first: n number, i small integer, a address, s string,
/// t tuple, l something with a length, * anything; of sends B bound, A amount, E entry.
std::string_view wants(Opcode op) {
    switch (op) {
        case Opcode::Bez:
        case Opcode::Bne:
        case Opcode::Neg:
        case Opcode::Addi:
        case Opcode::Subi:
        case Opcode::Multi:
        case Opcode::Divi:
        case Opcode::Modi:
        case Opcode::Gti:
        case Opcode::Geqi:
        case Opcode::Lti:
        case Opcode::Leqi: return "n";
        case Opcode::Paj:
        case Opcode::Not:
        case Opcode::Andi:
        case Opcode::Ori:
        case Opcode::Xori:
        case Opcode::Lshi:
        case Opcode::Rshi:
        case Opcode::Rshai: return "i";
        case Opcode::Tpaj:
        case Opcode::And:
        case Opcode::Or:
        case Opcode::Xor:
        case Opcode::Lsh:
        case Opcode::Rsh:
        case Opcode::Rsha: return "ii";
        case Opcode::Add:
        case Opcode::Sub:
        case Opcode::Mult:
        case Opcode::Div:
        case Opcode::Mod:
        case Opcode::Gt:
        case Opcode::Geq:
        case Opcode::Lt:
        case Opcode::Leq: return "nn";
        case Opcode::Nth: return "t";
        case Opcode::Nths: return "ti";
        case Opcode::Len: return "l";
        case Opcode::Cat: return "ss";
        case Opcode::Snet:
        case Opcode::Bcast: return "ai";
        case Opcode::Sneti:
        case Opcode::Bcasti:
        case Opcode::IsNbr:
        case Opcode::IsHere:
        case Opcode::Forwto:
        case Opcode::Moveto:
        case Opcode::Dforwto:
        case Opcode::Dmoveto: return "a";
        case Opcode::Send:
        case Opcode::Hop:
        case Opcode::Dsend: return "EABa";
        case Opcode::Demux: return "*i";
        case Opcode::Mktups: return "*i";
        case Opcode::Calls: return "s*";
        case Opcode::Eq:
        case Opcode::Neq:
        case Opcode::Mktup:
        case Opcode::Pull:
        case Opcode::Store:
        case Opcode::Popi:
        case Opcode::Swap: return "**";
        case Opcode::Pop:
        case Opcode::Eqi:
        case Opcode::Neqi:
        case Opcode::IsInt:
        case Opcode::IsAddr:
        case Opcode::IsStr:
        case Opcode::IsExc:
        case Opcode::IsTup:
        case Opcode::IsFlt:
        case Opcode::IsOid:
        case Opcode::Demuxi: return "*";
        default: return "";
    }
}

bool ends_execution(Opcode op) {
    switch (op) {
        case Opcode::Exit:
        case Opcode::Forw:
        case Opcode::Forwto:
        case Opcode::Moveto:
        case Opcode::Dforw:
        case Opcode::Dforwto:
        case Opcode::Dmoveto:
        case Opcode::Demux:
        case Opcode::Demuxi:
        case Opcode::Demuxall: return true;
        default: return false;
    }
}

Opcode push_opcode(Type type) {
    switch (type) {
        case Type::Int: return Opcode::PushWide;
        case Type::Addr: return Opcode::PushAddr;
        case Type::Str: return Opcode::PushStr;
        case Type::Exc: return Opcode::PushExc;
        case Type::Tuple: return Opcode::PushTup;
        case Type::Float: return Opcode::PushFlt;
        case Type::Oid: return Opcode::PushOid;
    }
    return Opcode::Nop;
}

}  // namespace

ProgramGenerator::ProgramGenerator(std::uint64_t seed, Choices choices)
    : random_(seed), choices_(std::move(choices)) {}

bool ProgramGenerator::chance(unsigned percent) {
    return between(1, 100) <= static_cast<std::int64_t>(percent);
}

std::int64_t ProgramGenerator::between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
}

std::int64_t ProgramGenerator::integer() {
    constexpr auto kEdges = std::to_array<std::int64_t>(
        {0, 1, -1, 2, 63, 64, 255, isa::kMaxImmediate, isa::kMinImmediate, Word::kMaxInline, Word::kMinInline,
         Word::kMaxInline + 1, Word::kMinInline - 1, std::numeric_limits<std::int64_t>::max(),
         std::numeric_limits<std::int64_t>::min()});
    if (chance(60)) {
        return between(0, 4);
    }
    return chance(60) ? kEdges.at(static_cast<std::size_t>(between(0, kEdges.size() - 1)))
                      : static_cast<std::int64_t>(random_());
}

Value ProgramGenerator::value(char kind) {
    constexpr std::string_view kKinds = "iasntxfo";
    switch (kind) {
        case 'n': return chance(75) ? Value(integer()) : Value(static_cast<double>(between(-8, 8)) / 2);
        case 'i': return integer();
        case 'a':
            return choices_.addresses.at(static_cast<std::size_t>(
                between(0, static_cast<std::int64_t>(choices_.addresses.size()) - 1)));
        case 's':
            return isa::Str{
                std::string(static_cast<std::size_t>(chance(90) ? between(0, 12) : between(0, 300)), 'x')};
        case 'l': return value(chance(50) ? 's' : 't');
        case 't': {
            auto tuple = std::make_shared<isa::Tuple>();
            for (std::int64_t n = between(0, 3); n > 0; --n) {
                tuple->fields.push_back(value(chance(20) ? 't' : '*'));
            }
            return Value(std::shared_ptr<const isa::Tuple>(std::move(tuple)));
        }
        case 'x': return static_cast<isa::Exc>(between(0, 70));
        case 'f': return static_cast<double>(between(-1000, 1000)) / 8;
        case 'o': {
            const auto last = static_cast<std::uint32_t>(between(0, 300));
            return *Oid::from_subids(std::array<std::uint32_t, 4>{1, 3, 6, last});
        }
        case 'B': return chance(80) ? between(1, 3) : integer();
        case 'A': return chance(80) ? between(-1, 2) : integer();
        case 'E': return chance(90) ? between(0, static_cast<std::int64_t>(packet_.code.size())) : integer();
        default: return value(kKinds.at(static_cast<std::size_t>(between(0, kKinds.size() - 1))));
    }
}

void ProgramGenerator::push(const Value& v) {
    const auto emit = [this](Opcode op, std::uint32_t immediate) {
        packet_.code.push_back(static_cast<std::uint32_t>(op) << 24U | (immediate & 0xffffffU));
    };
    if (const auto* i = std::get_if<std::int64_t>(&v);
        i != nullptr && *i >= isa::kMinImmediate && *i <= isa::kMaxImmediate) {
        emit(Opcode::PushInt, static_cast<std::uint32_t>(*i));
        return;
    }
    if (const auto* e = std::get_if<isa::Exc>(&v)) {
        emit(Opcode::PushExc, static_cast<std::uint32_t>(*e));
        return;
    }
    const Word word = heap_.put(v);
    isa::HeapRef ref = word.ref();
    if (isa::type_of(v) == Type::Addr && !word.is_in_heap()) {
        // An address in the code lies in the heap also when it is an IPv4 one.
        const std::string octets(as_text(std::get<IpAddress>(v).octets()));
        ref = heap_.put(isa::Str{octets}).ref();
    } else if (isa::type_of(v) == Type::Int && !word.is_in_heap()) {
        std::string octets(8, '\0');
        const auto raw = static_cast<std::uint64_t>(std::get<std::int64_t>(v));
        for (unsigned i = 0; i < 8; ++i) {
            octets[i] = static_cast<char>(raw >> (56U - 8U * i) & 0xffU);
        }
        ref = heap_.put(isa::Str{octets}).ref();
    }
    if (ref.offset > isa::ConstPlace::kMaxOffset) {
        emit(Opcode::Nop, 0);
        return;
    }
    emit(push_opcode(isa::type_of(v)), isa::ConstPlace{ref.offset, ref.length}.to_immediate());
}

void ProgramGenerator::push_operands(Opcode op) {
    for (const char kind : wants(op)) {
        push(value(chance(4) ? '*' : kind));
    }
}

std::int32_t ProgramGenerator::immediate(const isa::OpInfo& op) {
    const auto anything = [this] {
        return static_cast<std::int32_t>(between(isa::kMinImmediate, isa::kMaxImmediate));
    };
    const bool is_wild = !choices_.only_well_formed && chance(3);
    if (is_wild && op.operand != isa::Operand::None) {
        return anything();
    }
    switch (op.operand) {
        case isa::Operand::None: return 0;
        case isa::Operand::Int:
            return static_cast<std::int32_t>(chance(80) ? between(-2, 40)
                                                        : between(isa::kMinImmediate, isa::kMaxImmediate));
        case isa::Operand::Label: return static_cast<std::int32_t>(between(1, 6));
        case isa::Operand::Count: return static_cast<std::int32_t>(between(0, 2));
        case isa::Operand::Service: {
            const auto which =
                static_cast<std::size_t>(between(0, static_cast<std::int64_t>(choices_.services.size())));
            const std::uint32_t id = which < choices_.services.size() ? choices_.services[which] : 0x123456U;
            return isa::Instruction::from_word(id).immediate;
        }
        case isa::Operand::Exc: return static_cast<std::int32_t>(between(0, 70));
        case isa::Operand::Const: return anything();
    }
    return 0;
}

bool ProgramGenerator::is_allowed(Opcode op) const {
    if (!choices_.may_trim) {
        return true;
    }
    switch (op) {
        case Opcode::Send:
        case Opcode::Hop:
        case Opcode::Dsend:
        case Opcode::GetEp:
        case Opcode::Paj:
        case Opcode::Tpaj:
        case Opcode::GetSize: return false;
        default: return true;
    }
}

void ProgramGenerator::instruction(Opcode op) {
    const isa::OpInfo& info = *isa::find_op(static_cast<std::uint8_t>(op));
    if (info.operand == isa::Operand::Const && (choices_.only_well_formed || chance(90))) {
        push(value('*'));
        return;
    }
    if (chance(92)) {
        push_operands(op);
    }
    packet_.code.push_back(isa::Instruction{static_cast<std::uint8_t>(op), immediate(info)}.to_word());
}

isa::Packet ProgramGenerator::make() {
    packet_ = {};
    heap_ = {};
    const auto instructions =
        static_cast<std::size_t>(between(1, static_cast<std::int64_t>(choices_.max_instructions)));
    while (packet_.code.size() < instructions) {
        const isa::OpInfo& op = isa::kOps.at(static_cast<std::size_t>(between(0, isa::kOps.size() - 1)));
        // What ends an execution is rarer, or few instructions would ever run.
        if (is_allowed(op.opcode) && (!ends_execution(op.opcode) || chance(25))) {
            instruction(op.opcode);
        }
        if (!choices_.only_well_formed && chance(1)) {
            packet_.code.push_back(static_cast<std::uint32_t>(random_()));
        }
    }
    for (std::int64_t n = between(0, 6); n > 0; --n) {
        const bool is_wild = !choices_.only_well_formed && chance(5);
        packet_.stack.push_back(is_wild ? Word(random_()) : heap_.put(value('*')));
    }
    packet_.heap = heap_.heap();
    packet_.header.bound = static_cast<std::uint16_t>(chance(80) ? between(0, 20) : between(0, 0xffff));
    packet_.header.entry = static_cast<std::uint16_t>(
        chance(70) ? 0 : between(0, static_cast<std::int64_t>(packet_.code.size()) - 1));
    packet_.header.origin = choices_.addresses.front();
    packet_.header.flags =
        choices_.may_trim || (!choices_.only_well_formed && chance(20)) ? isa::Flags::kTrimmable : 0;
    return packet_;
}

}  // namespace splash::property
