// Runs every case on every engine, and says what no case covers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "case_file.hpp"
#include "engine.hpp"
#include "isa/opcodes.hpp"

namespace splash::conformance {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(SPLASH_SOURCE_DIR) / "tests" / "conformance";

std::string test_name(const fs::path& file) {
    std::string name = fs::relative(file, kFolder).replace_extension().string();
    std::ranges::replace_if(
        name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
}

class Conformance : public testing::TestWithParam<fs::path> {};

TEST_P(Conformance, Holds) {
    for (const NamedCase& named : read_cases(GetParam())) {
        const std::string where = GetParam().string() + (named.name.empty() ? "" : " == " + named.name);
        const auto* problem = std::get_if<std::string>(&named.read);
        ASSERT_TRUE(problem == nullptr) << where << ": " << *problem;
        const Case& one = std::get<Case>(named.read);
        for (const auto& engine : all_engines()) {
            if (!one.skips.contains(std::string(engine->name()))) {
                EXPECT_EQ(differences(one.expected, engine->run(one.situation)), "")
                    << where << " on " << engine->name() << "\n"
                    << one.why;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, Conformance, testing::ValuesIn(find_cases(kFolder)),
                         [](const auto& file) { return test_name(file.param); });

// ---- coverage

/// What all cases together contain and expect.
struct Covered {
    std::set<std::uint8_t> opcodes;
    std::set<std::uint32_t> reasons;
    std::set<std::uint32_t> exceptions;
    std::set<isa::HeaderFault> header_faults;
};

void add_exceptions(Covered& covered, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
        if (value.starts_with("exc:")) {
            covered.exceptions.insert(static_cast<std::uint32_t>(std::stoul(value.substr(4))));
        }
    }
}

void add_case(Covered& covered, const Case& one) {
    const auto packet = isa::Packet::from_wire(one.situation.packet);
    if (const auto* whole = std::get_if<isa::Packet>(&packet)) {
        for (const std::uint32_t word : whole->code) {
            covered.opcodes.insert(static_cast<std::uint8_t>(word >> 24U));
        }
    }
    if (const auto* fault = std::get_if<Faulted>(&*one.expected.ending)) {
        covered.reasons.insert(static_cast<std::uint32_t>(fault->reason));
        covered.exceptions.insert(static_cast<std::uint32_t>(fault->reason));
    }
    if (const auto* refused = std::get_if<Refused>(&*one.expected.ending)) {
        covered.header_faults.insert(refused->why);
    }
    add_exceptions(covered, one.expected.stack.value_or(std::vector<std::string>{}));
    for (const Delivery& delivery : one.expected.delivered) {
        add_exceptions(covered, delivery.values);
    }
}

Covered look_at_all() {
    Covered covered;
    for (const fs::path& path : find_cases(kFolder)) {
        for (const NamedCase& named : read_cases(path)) {
            if (const auto* one = std::get_if<Case>(&named.read)) {
                add_case(covered, *one);  // of the others their own test tells
            }
        }
    }
    return covered;
}

const Covered& what_is_covered() {
    static const Covered covered = look_at_all();
    return covered;
}

TEST(ConformanceCoverage, HasACaseForEveryInstruction) {
    const Covered& covered = what_is_covered();
    for (const isa::OpInfo& op : isa::kOps) {
        EXPECT_TRUE(covered.opcodes.contains(static_cast<std::uint8_t>(op.opcode)))
            << "no case executes " << op.mnemonic << " (0x" << std::hex << static_cast<unsigned>(op.opcode)
            << ")";
    }
}

TEST(ConformanceCoverage, HasACaseForEveryReasonOfAnExecution) {
    const Covered& covered = what_is_covered();
    for (std::uint32_t reason = 128; reason <= 135; ++reason) {
        EXPECT_TRUE(covered.reasons.contains(reason)) << isa::to_string(static_cast<isa::Reason>(reason));
    }
    for (const isa::Exc move_failed :
         {isa::Exc::NotEnoughBound, isa::Exc::NoRoute, isa::Exc::DoesNotFit, isa::Exc::NotPermitted}) {
        EXPECT_TRUE(covered.reasons.contains(static_cast<std::uint32_t>(move_failed)))
            << isa::to_string(move_failed);
    }
}

TEST(ConformanceCoverage, HasACaseForEveryException) {
    const Covered& covered = what_is_covered();
#define SPLASH_EXC(name, code, text) EXPECT_TRUE(covered.exceptions.contains(code)) << (text);
#include "exceptions.def"
#undef SPLASH_EXC
}

TEST(ConformanceCoverage, HasACaseForEveryFaultOfAHeader) {
    using isa::HeaderFault;
    const Covered& covered = what_is_covered();
    for (const HeaderFault fault : {HeaderFault::Truncated, HeaderFault::Version, HeaderFault::Flags,
                                    HeaderFault::Lengths, HeaderFault::Entry}) {
        EXPECT_TRUE(covered.header_faults.contains(fault)) << isa::to_string(fault);
    }
}

TEST(ConformanceCoverage, HasNoFileWithAnotherEnding) {
    for (const auto& entry : fs::recursive_directory_iterator(kFolder)) {
        const bool is_source = entry.path().string().find("/runner") != std::string::npos;
        const fs::path name = entry.path().filename();
        EXPECT_TRUE(entry.is_directory() || is_source || entry.path().extension() == ".case" ||
                    name == "README.md" || name == "CMakeLists.txt")
            << entry.path() << " is no case: it would never run";
    }
}

}  // namespace
}  // namespace splash::conformance
