#include "command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command_table.hpp"
#include "nearest_word.hpp"
#include "node_name.hpp"
#include "option_table.hpp"
#include "quartiles.hpp"
#include "table_text.hpp"

namespace splash::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Args>
Args parsed(const std::vector<std::string>& words) {
    auto result = parse_command_line(words);
    if (const auto* stop = std::get_if<Stop>(&result)) {
        ADD_FAILURE() << stop->err;
        return {};
    }
    return std::get<Args>(std::get<Command>(std::move(result)));
}

Stop stopped(const std::vector<std::string>& words) {
    auto result = parse_command_line(words);
    if (std::holds_alternative<Command>(result)) {
        ADD_FAILURE() << "was taken";
        return {};
    }
    return std::get<Stop>(std::move(result));
}

TEST(CommandLine, ReadsNodeAndObjects) {
    const auto args = parsed<GetArgs>({"get", "n5", "sysName.0", ".1.3.6.1"});
    EXPECT_EQ(args.node, "n5");
    EXPECT_THAT(args.objects, ElementsAre("sysName.0", ".1.3.6.1"));
    EXPECT_EQ(args.options.via, Via::Snmp);
    EXPECT_FALSE(args.options.patience.timeout);
}

TEST(CommandLine, TakesSharedOptionsBeforeAndBehindTheCommand) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"--via", "snap", "--lab", "hc", "get", "n5", "sysName.0"},
          {"get", "--via", "snap", "--lab", "hc", "n5", "sysName.0"},
          {"get", "n5", "sysName.0", "--via", "snap", "--lab", "hc"}}) {
        const auto args = parsed<GetArgs>(words);
        EXPECT_EQ(args.options.via, Via::Snap);
        EXPECT_EQ(args.options.where.lab, "hc");
        EXPECT_THAT(args.objects, ElementsAre("sysName.0"));
    }
}

TEST(CommandLine, TakesNodesAndObjectsThatAreCalledLikeCommands) {
    const auto args = parsed<WalkArgs>({"walk", "get", "table"});
    EXPECT_EQ(args.node, "get");
    EXPECT_EQ(args.object, "table");
    const auto inside = parsed<LabExecArgs>({"lab", "exec", "list", "up", "--", "down"});
    EXPECT_EQ(inside.name, "list");
    EXPECT_EQ(inside.node, "up");
    EXPECT_THAT(inside.argv, ElementsAre("down"));
}

TEST(CommandLine, TakesTheWayThatCostsLessOnlyWhenTold) {
    const auto args = parsed<GetArgs>({"get", "n5", "sysName.0", "--via", "auto", "--explain"});
    EXPECT_EQ(args.options.via, Via::Auto);
    EXPECT_EQ(args.options.explain, Explain::Yes);
    EXPECT_THAT(stopped({"get", "n5", "sysName.0", "--explain"}).err, HasSubstr("--via auto"));
}

TEST(CommandLine, ASurveyGoesByPacketUnlessTold) {
    const auto args = parsed<SurveyArgs>({"survey", "n2", "n3", "--count", "--where", "ifMtu > 1500"});
    EXPECT_EQ(args.options.via, Via::Snap);
    EXPECT_EQ(args.aggregate, Gathering::Count);
    EXPECT_EQ(parsed<SurveyArgs>({"survey", "n2", "--via", "auto", "-v2c"}).options.via, Via::Auto);
    EXPECT_EQ(parsed<SurveyArgs>({"survey", "n2", "--via", "snmp", "-c", "public"}).options.via, Via::Snmp);
    EXPECT_THAT(stopped({"survey", "n2", "-v2c"}).err, HasSubstr("--via snmp"));
    EXPECT_THAT(stopped({"survey", "n2", "--count", "--list"}).err, HasSubstr("--count"));
}

TEST(CommandLine, ReadsWhichRowsOfATableAreWanted) {
    const auto rows =
        parsed<TableArgs>({"table", "n5", "ifTable", "--where", "ifMtu > 1", "--columns", "ifDescr,ifMtu"})
            .wish;
    EXPECT_EQ(rows.where, "ifMtu > 1");
    EXPECT_THAT(rows.columns, ElementsAre("ifDescr", "ifMtu"));
    EXPECT_TRUE(rows.function.empty());
    EXPECT_TRUE(parsed<TableArgs>({"table", "n5", "ifTable"}).wish.is_empty());
    EXPECT_EQ(parsed<TableArgs>({"table", "n5", "ifTable", "--count"}).wish.function, "count");
    for (const std::string name : {"sum", "avg", "min", "max"}) {
        const auto wish = parsed<TableArgs>({"table", "n5", "ifTable", "--" + name, "ifMtu"}).wish;
        EXPECT_EQ(wish.function, name);
        EXPECT_EQ(wish.column, "ifMtu");
    }
    const auto top = parsed<TableArgs>({"table", "n5", "ifTable", "--top", "3", "ifMtu"}).wish;
    EXPECT_EQ(top.function, "top");
    EXPECT_EQ(top.column, "ifMtu");
    EXPECT_EQ(top.most, 3U);
}

TEST(CommandLine, RefusesWishesThatMakeNoSense) {
    EXPECT_THAT(stopped({"table", "n5", "ifTable", "--top", "17", "ifMtu"}).err, HasSubstr("from 1 to 16"));
    EXPECT_THAT(stopped({"table", "n5", "ifTable", "--top", "x", "ifMtu"}).err, HasSubstr("from 1 to 16"));
    EXPECT_THAT(stopped({"table", "n5", "ifTable", "--count", "--max", "ifMtu"}).err, HasSubstr("give one"));
    EXPECT_THAT(stopped({"table", "n5", "ifTable", "--columns", ","}).err, HasSubstr("--columns wants"));
}

TEST(CommandLine, TravelsDirectUnlessToldToVisitEveryHop) {
    EXPECT_EQ(parsed<GetArgs>({"get", "n5", "sysName.0"}).options.travel, Travel::Direct);
    EXPECT_EQ(parsed<GetArgs>({"get", "n5", "sysName.0", "--via", "snap", "--travel", "hops"}).options.travel,
              Travel::Hops);
    EXPECT_THAT(stopped({"get", "n5", "sysName.0", "--via", "snap", "--travel", "far"}).err,
                HasSubstr("only direct and hops"));
}

TEST(CommandLine, RefusesWhatTheWayChosenDoesNotUse) {
    EXPECT_THAT(stopped({"get", "n5", "sysName.0", "--travel", "hops"}).err,
                HasSubstr("--travel is for --via snap: SNMP goes straight to the node"));
    for (const char* const option : {"-v3", "-cpublic", "-uann"}) {
        EXPECT_THAT(stopped({"walk", option, "n5", "--via", "snap"}).err,
                    HasSubstr(std::string(option).substr(0, 2) + " is for --via snmp"));
    }
    EXPECT_EQ(parsed<BenchArgs>({"bench", "get", "n5", "sysName.0", "-c", "public", "--travel", "hops"})
                  .options.travel,
              Travel::Hops)
        << "asks both ways";
}

TEST(CommandLine, SaysWhichProcessNumbersThereAre) {
    EXPECT_EQ(parsed<LabUpArgs>({"lab", "up", "line2", "--owner", "4194304"}).owner, 4194304);
    for (const char* const wrong : {"0", "-1", "1x", "4194305", "nan"}) {
        EXPECT_THAT(stopped({"lab", "up", "line2", "--owner", wrong}).err,
                    HasSubstr(std::string(wrong) + " is not a number from 1 to 4194304"));
    }
}

TEST(CommandLine, PassesSnmpOptionsOnAsNetSnmpWritesThem) {
    const auto args = parsed<GetArgs>({"get", "-v2c", "-c", "public", "n5", "sysName.0"});
    EXPECT_THAT(args.options.snmp, ElementsAre("-v", "2c", "-c", "public"));
}

TEST(CommandLine, ReadsTimesInSeconds) {
    const auto args =
        parsed<GetArgs>({"get", "--timeout", "0.5", "--retries", "0", "--deadline", "3", "n5", "sysName.0"});
    EXPECT_EQ(args.options.patience.timeout, std::chrono::milliseconds(500));
    EXPECT_EQ(args.options.patience.retries, 0U);
    EXPECT_EQ(args.options.patience.deadline, std::chrono::milliseconds(3000));
}

TEST(CommandLine, WalksFromMib2InOrderUnlessToldOtherwise) {
    const auto args = parsed<WalkArgs>({"walk", "n5"});
    EXPECT_EQ(args.object, "");
    EXPECT_EQ(args.ordering, Ordering::Ascending);
    EXPECT_EQ(parsed<TableArgs>({"table", "n5", "ifTable", "--unordered"}).ordering, Ordering::Any);
    EXPECT_EQ(stopped({"table", "n5"}).status, 2);
}

TEST(CommandLine, PrintsCsvAndNdjsonOnlyWhereThereAreRows) {
    EXPECT_EQ(parsed<WalkArgs>({"walk", "n5", "-o", "ndjson"}).options.format, Format::Ndjson);
    EXPECT_EQ(parsed<TableArgs>({"table", "n5", "ifTable", "-o", "csv"}).options.format, Format::Csv);
    EXPECT_THAT(stopped({"get", "n5", "sysName.0", "-o", "csv"}).err, HasSubstr("only text and json"));
    EXPECT_THAT(stopped({"walk", "n5", "-o", "xml"}).err, HasSubstr("text, json, csv and ndjson"));
}

TEST(CommandLine, RefusesTimesThatAreNone) {
    for (const char* const time : {"0", "-1", "nan", "inf", "x"}) {
        EXPECT_EQ(stopped({"get", "-t", time, "n5", "sysName.0"}).status, 2) << time;
    }
}

TEST(CommandLine, GroupsAssignmentsInThrees) {
    const auto args =
        parsed<SetArgs>({"set", "n5", "sysName.0", "s", "a [b,c]", "ipForwarding.0", "i", "-1"});
    ASSERT_EQ(args.assignments.size(), 2U);
    EXPECT_EQ(args.assignments[0].value, "a [b,c]");
    EXPECT_EQ(args.assignments[1].object, "ipForwarding.0");
    EXPECT_EQ(args.assignments[1].type, 'i');
    EXPECT_EQ(args.assignments[1].value, "-1");
}

TEST(CommandLine, TakesBracketsAndEmptyTextAsTheyAre) {
    const auto args = parsed<SetArgs>({"set", "n5", "sysName.0", "s", "[1,2]", "sysContact.0", "s", ""});
    ASSERT_EQ(args.assignments.size(), 2U);
    EXPECT_EQ(args.assignments[0].value, "[1,2]");
    EXPECT_EQ(args.assignments[1].value, "");
}

TEST(CommandLine, RefusesIncompleteAssignments) {
    EXPECT_EQ(stopped({"set", "n5", "sysName.0", "s"}).status, 2);
    EXPECT_EQ(stopped({"set", "n5", "sysName.0", "string", "x"}).status, 2);
}

TEST(CommandLine, TakesANodeNamedLikeACommand) {
    EXPECT_EQ(parsed<GetArgs>({"get", "set", "sysName.0"}).node, "set");
}

TEST(CommandLine, ReadsProgramArguments) {
    const auto args =
        parsed<RunArgs>({"run", "--arg", "a=1", "--arg", "b=x=y", "f.snap", "--to", "n5", "--bound", "9"});
    EXPECT_EQ(args.file, "f.snap");
    EXPECT_THAT(args.arguments, ElementsAre(std::pair("a", "1"), std::pair("b", "x=y")));
    EXPECT_EQ(args.bound, 9);
    EXPECT_EQ(stopped({"run", "f.snap", "--arg", "a"}).status, 2);
    EXPECT_EQ(stopped({"run", "f.snap", "--bound", "65536"}).status, 2);
    EXPECT_EQ(stopped({"run", "f.snap", "--answers", "0"}).status, 2);
}

TEST(CommandLine, CountsRequestsOfABench) {
    EXPECT_EQ(parsed<BenchArgs>({"bench", "get", "n5", "sysName.0"}).count, 101U);
    EXPECT_EQ(parsed<BenchArgs>({"bench", "get", "--count", "7", "n5", "sysName.0"}).count, 7U);
    EXPECT_EQ(stopped({"bench", "get", "--count", "0", "n5", "sysName.0"}).status, 2);
}

TEST(CommandLine, GivesAsmItsOwnOutputOption) {
    EXPECT_EQ(parsed<AsmArgs>({"asm", "f.snap", "-o", "out"}).output, "out");
    const auto with = parsed<AsmArgs>({"asm", "f.snap", "--arg", "n=1", "--arg", "m=a=b"}).arguments;
    EXPECT_THAT(with, testing::ElementsAre(std::pair("n", "1"), std::pair("m", "a=b")));
}

TEST(CommandLine, PassesACommandForANodeOnUntouched) {
    const auto args =
        parsed<LabExecArgs>({"lab", "exec", "hc", "n5", "--", "ip", "-4", "addr", "--json", "-o", "[a,b]"});
    EXPECT_EQ(args.name, "hc");
    EXPECT_EQ(args.node, "n5");
    EXPECT_THAT(args.argv, ElementsAre("ip", "-4", "addr", "--json", "-o", "[a,b]"));
}

TEST(CommandLine, RefusesOptionsACommandDoesNotHave) {
    EXPECT_THAT(stopped({"-c", "public", "lab", "list"}).err, HasSubstr("lab list has no -c"));
    EXPECT_EQ(stopped({"lab", "list", "-c", "public"}).status, 2);
}

TEST(CommandLine, RefusesFormatsThatAreNotThereYet) {
    EXPECT_EQ(parsed<LabListArgs>({"lab", "list", "--output", "json"}).options.format, Format::Json);
    for (const char* const format : {"csv", "table", "ndjson"}) {
        EXPECT_THAT(stopped({"lab", "list", "-o", format}).err, HasSubstr("only text and json"));
    }
}

TEST(CommandLine, RefusesContradictoryStarts) {
    EXPECT_EQ(stopped({"get", "--from", "n1", "n5", "sysName.0"}).status, 2);
    EXPECT_EQ(stopped({"get", "--lab", "hc", "--socket", "s", "n5", "sysName.0"}).status, 2);
}

TEST(CommandLine, RefusesUnknownAndMissingCommands) {
    EXPECT_EQ(stopped({}).status, 2);
    EXPECT_EQ(stopped({"stroll", "n5"}).status, 2);
    EXPECT_EQ(stopped({"get", "n5"}).status, 2);
    EXPECT_EQ(stopped({"lab"}).status, 2);
}

TEST(CommandLine, NamesAnUnknownCommandAndWhatIsNearest) {
    EXPECT_THAT(stopped({"gte", "n5"}).err, HasSubstr("no command 'gte'; did you mean 'get'?"));
    EXPECT_THAT(stopped({"lab", "dwn", "hc"}).err,
                HasSubstr("splash lab has no command 'dwn'; did you mean 'down'?"));
    EXPECT_THAT(stopped({"up", "line3"}).err, HasSubstr("did you mean 'lab up'?"));
    EXPECT_THAT(stopped({"--lab", "hc", "frobnicate"}).err, HasSubstr("no command 'frobnicate'; see"));
    EXPECT_THAT(stopped({"--frobnicate"}).err, HasSubstr("no option --frobnicate"));
    EXPECT_THAT(stopped({}).err, HasSubstr("no command is given; see splash --help"));
}

TEST(CommandLine, PrintsVersionsWithoutACommand) {
    parsed<VersionArgs>({"--version"});
    parsed<VersionArgs>({"-V"});
    EXPECT_EQ(parsed<VersionArgs>({"--version", "-o", "json"}).options.format, Format::Json);
}

TEST(CommandLine, TakesTheMarkBeforeValuesAnywhere) {
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"set", "--", "n5", "sysName.0", "s", "--lab"},
          {"set", "n5", "--", "sysName.0", "s", "--lab"},
          {"set", "n5", "sysName.0", "--", "s", "--lab"},
          {"set", "n5", "sysName.0", "s", "--", "--lab"}}) {
        const auto args = parsed<SetArgs>(words);
        EXPECT_EQ(args.node, "n5");
        ASSERT_EQ(args.assignments.size(), 1U);
        EXPECT_EQ(args.assignments[0].object, "sysName.0");
        EXPECT_EQ(args.assignments[0].value, "--lab");
    }
    EXPECT_EQ(parsed<SetArgs>({"set", "n5", "--", "sysName.0", "s", "--"}).assignments[0].value, "--");
}

TEST(CommandLine, SaysWhatHoldsIfAnOptionIsLeftOut) {
    const std::string help = stopped({"get", "--help"}).out;
    for (const OptionInfo& option : kOptions) {
        if (info_of(CommandId::Get).options.find(option.group) != std::string_view::npos) {
            EXPECT_THAT(help, HasSubstr(std::string(option.name()) + " "));
        }
    }
    EXPECT_THAT(help, HasSubstr("(if left out: direct)"));
}

TEST(CommandLine, SaysInWhichFormatItsRefusalIsWanted) {
    EXPECT_EQ(stopped({"get", "-o", "json"}).format, Format::Json);
    EXPECT_EQ(stopped({"--output=json", "gte"}).format, Format::Json);
    EXPECT_EQ(stopped({"get"}).format, Format::Text);
    EXPECT_EQ(stopped({"asm", "-o", "json"}).format, Format::Text);
    EXPECT_EQ(stopped({"lab"}).hint, "see splash lab --help");
}

TEST(NearestWord, CountsASwapAsOneChange) {
    EXPECT_EQ(nearest_word("gte", {"set", "get"}), "get");
    EXPECT_EQ(nearest_word("disams", {"disasm", "asm"}), "disasm");
    EXPECT_EQ(nearest_word("xyz", {"get", "set"}), "");
}

TEST(CommandLine, HelpsWithUsageOfEveryCommand) {
    for (const CommandInfo& info : kCommands) {
        std::vector<std::string> words;
        const std::string all(info.words);
        const std::size_t space = all.find(' ');
        words.push_back(all.substr(0, space));
        if (space != std::string::npos) {
            words.push_back(all.substr(space + 1));
        }
        words.emplace_back("--help");
        const Stop stop = stopped(words);
        EXPECT_EQ(stop.status, 0);
        EXPECT_THAT(stop.out,
                    HasSubstr("splash " + all + (info.usage.empty() ? "" : " ") + std::string(info.usage)));
        EXPECT_THAT(stop.out, HasSubstr(std::string(info.help)));
    }
}

TEST(CommandLine, ListsEveryCommandInItsHelp) {
    const std::string help = stopped({"--help"}).out;
    for (const char* const word :
         {"get", "next", "set", "path", "run", "bench", "asm", "disasm", "lab", "version"}) {
        EXPECT_THAT(help, HasSubstr(std::string("  ") + word + " "));
    }
}

TEST(NodeNames, AreTakenApart) {
    EXPECT_EQ(*parse_node_name("n5"), (NodeName{"n5", {}}));
    EXPECT_EQ(*parse_node_name("10.0.0.5:1161"), (NodeName{"10.0.0.5", 1161}));
    EXPECT_EQ(*parse_node_name("2001:db8::1"), (NodeName{"2001:db8::1", {}}));
    EXPECT_EQ(*parse_node_name("[2001:db8::1]:161"), (NodeName{"2001:db8::1", 161}));
    EXPECT_EQ(*parse_node_name("[2001:db8::1]"), (NodeName{"2001:db8::1", {}}));
}

TEST(NodeNames, AreRefusedIfMalformed) {
    for (const char* const text : {"", ":161", "n5:", "n5:0", "n5:65536", "n5:x", "[::1", "[::1]x", "[]:1"}) {
        EXPECT_FALSE(parse_node_name(text)) << text;
    }
}

TEST(NodeNames, TellTransportsApart) {
    EXPECT_TRUE(names_transport("tcp:n5:161"));
    EXPECT_FALSE(names_transport("n5:161"));
}

TEST(Quartiles, InterpolateBetweenRanks) {
    EXPECT_EQ(quartiles({4, 1, 3, 2}), (Quartiles{1.75, 2.5, 3.25}));
    EXPECT_EQ(quartiles({5, 1, 2, 4, 3}), (Quartiles{2, 3, 4}));
}

TEST(Quartiles, OfOneSampleAreThatSample) {
    EXPECT_EQ(quartiles({7}), (Quartiles{7, 7, 7}));
}

TEST(Table, AlignsColumnsByCharacters) {
    EXPECT_EQ(print_table({{"A", "NAME", "C"}, {"10", "\xc3\xa9t\xc3\xa9", ""}}, {Align::Right, Align::Left}),
              " A  NAME  C\n10  \xc3\xa9t\xc3\xa9\n");
}

}  // namespace
}  // namespace splash::cli
