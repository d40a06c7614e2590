using System.CommandLine;
using System.Text;
using Faultline.Explain.Matrix;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Matrix;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline matrix</c>: tests against kernel versions, and the commit behind each difference.</summary>
internal sealed class MatrixCommand
{
    private readonly Argument<string[]> tests = new("DIR")
    {
        Description = "A folder of .litmus files, or a .litmus file.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string[]> kernel = SharedOptions.Kernel("Default: all.");
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<int> jobs = SharedOptions.Jobs();
    private readonly Option<long> maxStates = SharedOptions.MaxStates();
    private readonly Option<double> timeout = SharedOptions.Timeout();
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON document instead of text." };
    private readonly Option<bool> markdown = new("--markdown") { Description = "Print Markdown instead of text." };
    private readonly Option<string?> html = new("--html") { Description = "Also write one self-contained HTML file.", HelpName = "FILE" };
    private readonly Option<bool> flips = new("--flips")
    {
        Description = "Instead of the matrix: take each commit's change of a behaviour out of the first version that has it, and list the "
            + "tests that notice. A change that no test notices is listed as NOT EXERCISED, and the exit code is 1.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new MatrixCommand();
        var command = new Command("matrix", "Tests against kernel versions: first bad, first good, and the commit that made the difference.")
        {
            it.tests, it.kernel, it.filesystem, it.json, it.markdown, it.html, it.flips, it.jobs, it.maxStates, it.timeout,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] paths = parsed.GetValue(tests)!, named = parsed.GetValue(kernel) ?? [];
        IReadOnlyList<KernelVersion> kernels = Inputs.Kernels(named.Length == 0 ? ["all"] : named);
        IReadOnlyList<FilesystemKind> filesystems = Inputs.Filesystems(parsed.GetValue(filesystem) ?? []);
        var options = new CheckOptions(
            SharedOptions.Limits(parsed.GetValue(maxStates), parsed.GetValue(timeout), cancellation), Witnesses: false);
        int workers = SharedOptions.Workers(parsed.GetValue(jobs));
        bool flipping = parsed.GetValue(flips);
        Refuse(flipping && (named.Length > 0 || parsed.GetValue(markdown) || parsed.GetValue(html) is not null),
            "--flips chooses the versions itself and prints text or --json: leave out --kernel, --markdown and --html");
        Refuse(parsed.GetValue(json) && parsed.GetValue(markdown), "choose one of --json and --markdown");
        IReadOnlyList<TestFile> files = Inputs.Load(paths, CompileLimits.Search, forCost: false);
        IReadOnlyList<string> passedOver = Inputs.PassedOver(paths, files);
        using StreamWriter? page = parsed.GetValue(html) is { } path ? Open(path) : null;
        using var progress = new ProgressLine();
        if (flipping)
        {
            return Print(BehaviourFlips.Run(files, filesystems, options, workers, progress: progress.Show), parsed, progress);
        }

        MatrixTable table = MatrixRun.Run(files, kernels, filesystems, options, workers, passedOver, progress.Show);
        progress.Clear();
        Print(table, parsed);
        if (page is not null)
        {
            MatrixHtml.Write(page, table);
        }

        return table.ExitCode;
    }

    private void Print(MatrixTable table, ParseResult parsed)
    {
        if (parsed.GetValue(json))
        {
            using Stream output = Console.OpenStandardOutput();
            MatrixJson.Write(output, table);
        }
        else if (parsed.GetValue(markdown))
        {
            MatrixMarkdown.Write(Console.Out, table);
        }
        else
        {
            Terminal.Write(MatrixText.Lines(table, Terminal.Width));
        }
    }

    private int Print(IReadOnlyList<BehaviourFlip> outcome, ParseResult parsed, ProgressLine progress)
    {
        progress.Clear();
        if (parsed.GetValue(json))
        {
            using Stream output = Console.OpenStandardOutput();
            MatrixJson.Write(output, outcome);
        }
        else
        {
            Terminal.Write(FlipText.Lines(outcome, Terminal.Width));
        }

        return FlipText.ExitCode(outcome);
    }

    // Opened before the searches, so that a path that cannot be written is known at once.
    private static StreamWriter Open(string path)
    {
        try
        {
            return new StreamWriter(path, append: false, new UTF8Encoding(false));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"faultline: cannot write {path}: {e.Message}");
        }
    }

    private static void Refuse(bool wrong, string message)
    {
        if (wrong)
        {
            throw new InputException($"faultline: {message}");
        }
    }
}
