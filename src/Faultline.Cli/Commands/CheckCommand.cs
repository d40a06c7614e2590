using System.CommandLine;
using Faultline.Engine.Search;
using Faultline.Explain.Json;
using Faultline.Explain.Text;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Verdicts;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline check</c>: every interleaving of each test on each kernel and filesystem.</summary>
internal sealed class CheckCommand
{
    private readonly Argument<string[]> tests = SharedOptions.Tests();
    private readonly Option<string[]> kernel = SharedOptions.Kernel();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<long> maxStates = SharedOptions.MaxStates();
    private readonly Option<double> timeout = SharedOptions.Timeout();
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON document instead of text." };
    private readonly Option<bool> brief = new("--brief", "-b") { Description = "Print one line for each test, kernel and filesystem." };
    private readonly Option<int> jobs = new("--jobs", "-j") { Description = "Searches at a time. Default: one for each core.", HelpName = "N" };
    private readonly Option<bool> twice = new("--verify-determinism") { Description = "Take every step twice and compare the states." };
    private readonly Option<bool> record = new("--write-expected")
    {
        Description = "Write what was found into each test's .expected file. Read the difference before you commit it.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new CheckCommand();
        var command = new Command("check", "Explore every interleaving; print herd7's verdict block and the shortest witness of whatever goes wrong.")
        {
            it.tests, it.kernel, it.filesystem, it.brief, it.json, it.jobs, it.maxStates, it.timeout, it.twice, it.record,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        IReadOnlyList<TestFile> files = Inputs.Load(parsed.GetValue(tests)!, CompileLimits.Search, forCost: false);
        IReadOnlyList<KernelVersion> kernels = Inputs.Kernels(parsed.GetValue(kernel) ?? []);
        IReadOnlyList<FilesystemKind> filesystems = Inputs.Filesystems(parsed.GetValue(filesystem) ?? []);
        bool inBrief = parsed.GetValue(brief), asJson = parsed.GetValue(json), writes = parsed.GetValue(record);
        using var progress = new ProgressLine();
        var options = new CheckOptions(
            Limits(parsed, cancellation), Witnesses: !inBrief && !writes, parsed.GetValue(twice), progress.Show);

        var work = (
            from file in files
            let reference = Checker.ReferenceOf(file.Program!, options)
            from version in kernels
            from fs in filesystems
            select (file, version, fs, reference)).ToList();
        int workers = parsed.GetValue(jobs) > 0 ? parsed.GetValue(jobs) : Environment.ProcessorCount;
        var results = new List<(TestFile File, CheckResult Result)>();
        var checks = work.TakeWhile(_ => !cancellation.IsCancellationRequested).AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Min(workers, 64)).WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(w => (w.file, Result: Check(w.file, w.version, w.fs, options, w.reference)));
        foreach ((TestFile file, CheckResult result) in checks)
        {
            progress.Clear();
            results.Add((file, result));
            if (!asJson)
            {
                Print(result, inBrief);
            }
        }

        if (asJson)
        {
            using Stream output = Console.OpenStandardOutput();
            CheckJson.Write(output, [.. results.Select(r => r.Result)]);
        }
        else if (results.Count > 1)
        {
            PrintTotals([.. results.Select(r => r.Result)]);
        }

        if (writes)
        {
            WriteExpected(results);
        }

        if (cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine($"faultline: interrupted after {results.Count} of {work.Count} checks");
            return ExitCode.Worst([ExitCode.Incomplete, .. results.Select(r => r.Result.ExitCode)]);
        }

        return ExitCode.Worst(results.Select(r => r.Result.ExitCode));
    }

    private static CheckResult Check(
        TestFile file, KernelVersion version, FilesystemKind fs, CheckOptions options, Lazy<OutcomeSet?> reference) =>
        Checker.Check(file.Test!, file.Program!, version, fs, file.Expected?.Find(version.Name, Inputs.Name(fs)), options, reference);

    private SearchLimits Limits(ParseResult parsed, CancellationToken cancellation)
    {
        long states = parsed.GetValue(maxStates);
        double seconds = parsed.GetValue(timeout);
        if (states < 0 || seconds < 0 || double.IsNaN(seconds))
        {
            throw new InputException("faultline: --max-states and --timeout take a number above 0");
        }

        return new SearchLimits(
            states == 0 ? long.MaxValue : states,
            seconds == 0 ? null : TimeSpan.FromSeconds(Math.Min(seconds, 1e8)),
            cancellation);
    }

    private static void Print(CheckResult result, bool inBrief)
    {
        string where = $"{result.Machine.Version.Name} {Inputs.Name(result.Machine.Filesystem)}";
        if (inBrief)
        {
            Console.Out.WriteLine(
                $"{result.Test.Name,-24} {where,-22} {result.Found,-44} {result.Search.States,10:N0} states  {Judgement(result)}");
            return;
        }

        Console.Out.WriteLine($"Kernel {result.Machine.Version.Name}, {Inputs.Name(result.Machine.Filesystem)}");
        VerdictBlock.Write(Console.Out, result.Verdict);
        Summary.Write(Console.Out, result);
        Console.Out.WriteLine($"Result {result.Test.Name} {where}: {Judgement(result)}");
        Console.Out.WriteLine();
    }

    private static string Judgement(CheckResult result) => result.ExitCode switch
    {
        ExitCode.AsExpected => "as expected",
        ExitCode.Incomplete => $"NOT COMPLETE: stopped by {result.Search.StoppedBy ?? "a bound in the reference"}",
        _ => $"UNEXPECTED: expected {result.Expected?.ToString() ?? "no violation"}, found {result.Found}",
    };

    private static void PrintTotals(IReadOnlyList<CheckResult> results)
    {
        int Count(int code) => results.Count(r => r.ExitCode == code);
        Console.Out.WriteLine(
            $"{results.Count} checks: {Count(ExitCode.AsExpected)} as expected, {Count(ExitCode.Unexpected)} unexpected, "
            + $"{Count(ExitCode.Incomplete)} not complete; {results.Sum(r => r.Search.States):N0} states");
    }

    private static void WriteExpected(List<(TestFile File, CheckResult Result)> results)
    {
        foreach (var test in results.GroupBy(r => r.File.Path))
        {
            ExpectedFile expected = test.First().File.Expected ?? new ExpectedFile([], []);
            foreach ((_, CheckResult result) in test.Where(r => r.Result.Search.Complete))
            {
                expected = expected.With(result.Machine.Version.Name, Inputs.Name(result.Machine.Filesystem), result.Found);
            }

            File.WriteAllText(TestFile.ExpectedPath(test.Key), expected.Write());
        }
    }
}
