// splash: wires a command line to its command and maps what comes back to exit statuses.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>

#include "arguments.hpp"
#include "command_line.hpp"
#include "json_output.hpp"

namespace {

using splash::cli::Format;

/// How a command was told to print; commands without --output print text.
template <class Args>
Format format_of(const Args& args) {
    if constexpr (requires { args.options.format; }) {
        return args.options.format;
    } else {
        return Format::Text;
    }
}

template <class Args>
int run_with(const Args& args) {
    // One document on standard output, also of a command that fails behind its own.
    const bool is_json = format_of(args) == Format::Json;
    std::ostringstream document;
    const splash::cli::Streams streams{is_json ? static_cast<std::ostream&>(document) : std::cout, std::cerr};
    const auto finished = splash::cli::run(args, streams);
    if (is_json && finished) {
        std::cout << document.str();
    } else if (is_json) {
        splash::cli::print_json(
            std::cout, splash::cli::with_error(document.str(), splash::cli::json_error(finished.error())));
    }
    std::cout.flush();
    if (!finished) {
        std::cerr << "splash: " << splash::to_string(finished.error()) << '\n';
        return static_cast<int>(splash::exit_class(finished.error().code));
    }
    if (!std::cout) {
        std::cerr << "splash: standard output cannot be written\n";
        return static_cast<int>(splash::ExitClass::Environment);
    }
    return finished->status;
}

int stop(const splash::cli::Stop& stop) {
    std::cout << stop.out;
    if (stop.format == Format::Json) {
        auto error = splash::cli::json_error({splash::Errc::Usage, stop.detail});
        error["hint"] = stop.hint;
        splash::cli::print_json(std::cout, splash::cli::with_error({}, std::move(error)));
    }
    std::cout.flush();
    std::cerr << stop.err;
    return stop.status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto parsed = splash::cli::parse_command_line({argv + 1, argv + argc});
        if (const auto* const stopped = std::get_if<splash::cli::Stop>(&parsed)) {
            return stop(*stopped);
        }
        return std::visit([](const auto& args) { return run_with(args); },
                          std::get<splash::cli::Command>(parsed));
    } catch (const std::exception& e) {
        std::cerr << "splash: " << e.what() << ": " << splash::to_string(splash::Error{splash::Errc::Bug, {}})
                  << '\n';
        return static_cast<int>(splash::ExitClass::Bug);
    }
}
