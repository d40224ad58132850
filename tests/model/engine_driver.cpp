// What the tests in Python ask of the C++ side. One JSON document a line.
//
//   engine_driver cases FOLDER        of every case below FOLDER its name and its assembled packet, or what
//   is wrong engine_driver random SEED COUNT   random situations, and what the interpreter makes of them
//   engine_driver run                 situations on standard input → what the interpreter makes of them
#include <charconv>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "case_file.hpp"
#include "engine.hpp"
#include "random_situation.hpp"
#include "situation_json.hpp"

namespace {

using namespace splash;
using nlohmann::json;

class Usage : public std::exception {};

std::uint64_t number(const std::string& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw Usage{};
    }
    return value;
}

void print_cases(const std::filesystem::path& folder) {
    for (const auto& file : conformance::find_cases(folder)) {
        for (const conformance::NamedCase& named : conformance::read_cases(file)) {
            json line{{"file", std::filesystem::relative(file, folder).string()}, {"name", named.name}};
            if (const auto* one = std::get_if<conformance::Case>(&named.read)) {
                line["packet"] = model::to_hex(one->situation.packet);
            } else {
                line["wrong"] = std::get<std::string>(named.read);
            }
            std::cout << line.dump(-1, ' ', true, json::error_handler_t::replace) << "\n";
        }
    }
}

void print_random(conformance::Engine& engine, std::uint64_t seed, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
        const conformance::Situation situation = model::random_situation(seed + i);
        const json line{{"seed", seed + i},
                        {"situation", model::to_json(situation)},
                        {"observed", model::to_json(engine.run(situation))}};
        std::cout << line.dump() << "\n";
    }
}

void answer_situations(conformance::Engine& engine) {
    std::string line;
    while (std::getline(std::cin, line)) {
        const auto situation = model::situation_from_json(json::parse(line));
        std::cout << model::to_json(engine.run(situation)).dump() << std::endl;
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        const auto engine = std::move(conformance::all_engines().front());
        const std::string verb = arguments.empty() ? "" : arguments[0];
        if (verb == "cases" && arguments.size() == 2) {
            print_cases(arguments[1]);
        } else if (verb == "random" && arguments.size() == 3) {
            print_random(*engine, number(arguments[1]), number(arguments[2]));
        } else if (verb == "run" && arguments.size() == 1) {
            answer_situations(*engine);
        } else {
            throw Usage{};
        }
        return 0;
    } catch (const Usage&) {
        std::cerr << "usage: engine_driver cases FOLDER | random SEED COUNT | run\n";
        return 2;
    } catch (const std::exception& problem) {
        std::cerr << "engine_driver: " << problem.what() << "\n";
        return 3;
    }
}
