using System.CommandLine;
using System.Globalization;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Real.Traces;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline trace</c>: is a real ftrace capture a path of the model?</summary>
internal sealed class TraceCommand
{
    private readonly Argument<string> file = new("FILE")
    {
        Description = "ftrace text: 'trace' or 'trace_pipe' of tracefs, or what 'trace-cmd report' prints; '-' reads standard input.",
    };

    private readonly Option<string[]> kernel = SharedOptions.Kernel();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<bool> histories = new("--histories") { Description = "Tell each file's history, page by page." };
    private readonly Option<int> maxStates = new("--max-states")
    {
        Description = "States of the model that one page's history may take before it is given up. Default: 2,000,000.",
        HelpName = "N",
        DefaultValueFactory = _ => 2_000_000,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new TraceCommand();
        var command = new Command("trace", "Hold a real fs_dax capture against the model: the first event that is no path of it, and what was allowed.")
        {
            it.file, it.kernel, it.filesystem, it.histories, it.maxStates,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string path = parsed.GetValue(file)!;
        KernelVersion version = One("--kernel", Inputs.Kernels(parsed.GetValue(kernel) ?? []), k => k.Name);
        FilesystemKind fs = One("--fs", Filesystems(parsed.GetValue(filesystem) ?? []), Inputs.Name);
        int states = parsed.GetValue(maxStates);
        if (states < 1)
        {
            throw new InputException("faultline: --max-states takes 1 or more");
        }

        string name = path == "-" ? "(standard input)" : path;
        TraceFile capture = Read(path);
        if (capture.Records.Count == 0)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{name}:1:1: no fs_dax event in {capture.Lines} lines (expected lines such as 'cat-12 [000] ..... 1.5: dax_pte_fault: dev ...'; see docs/traces.md)"));
        }

        var options = new TraceOptions(version, fs) { MaxStates = states };
        TraceResult result = TraceChecker.Check(capture, options, Progress(), cancellation);
        TraceReport.Write(Console.Out, name, result, parsed.GetValue(histories));
        return result.FirstRefused is not null ? ExitCode.Unexpected : result.NotJudged.Any() ? ExitCode.Incomplete : ExitCode.AsExpected;
    }

    private static TraceFile Read(string path)
    {
        try
        {
            using TextReader text = path == "-" ? Console.In : new StreamReader(path);
            return TraceReader.Read(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"faultline: cannot read {path}: {e.Message}");
        }
    }

    private static IReadOnlyList<FilesystemKind> Filesystems(string[] named) => Inputs.Filesystems(named.Length == 0 ? ["ext4"] : named);

    private static Action<int, int>? Progress() => Console.IsErrorRedirected ? null : (done, of) =>
    {
        if (done % 64 == 0 || done == of)
        {
            Console.Error.Write(done == of ? "\r\u001b[K" : $"\r{done} of {of} pages");
        }
    };

    private static T One<T>(string option, IReadOnlyList<T> several, Func<T, string> name) => several.Count == 1
        ? several[0]
        : throw new InputException($"faultline: trace takes one {option}, not {string.Join(", ", several.Select(name))}");
}
