using System.CommandLine;
using Faultline.Engine.Search;
using Faultline.Engine.Search.Checkpoints;
using Faultline.Explain.Ci;
using Faultline.Explain.Json;
using Faultline.Explain.Text;
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
    private readonly Option<int> jobs = SharedOptions.Jobs();
    private readonly Option<bool> twice = new("--verify-determinism") { Description = "Take every step twice and compare the states." };
    private readonly StrategyOptions strategy = new();
    private readonly ShrinkOptions shrink = new();
    private readonly LongRunOptions longRun = new();
    private readonly ReportOptions reports = new();
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
        it.strategy.AddTo(command);
        it.shrink.AddTo(command);
        it.longRun.AddTo(command);
        it.reports.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] paths = parsed.GetValue(tests)!;
        IReadOnlyList<TestFile> files = Inputs.Load(paths, CompileLimits.Search, forCost: false);
        if (shrink.IsAskedFor(parsed))
        {
            return Shrink(parsed, files, cancellation);
        }

        CheckPlan plan = CheckPlan.Make(files, paths, parsed.GetValue(kernel) ?? [], parsed.GetValue(filesystem) ?? []);
        bool inBrief = parsed.GetValue(brief), asJson = parsed.GetValue(json), writes = parsed.GetValue(record), asKtap = reports.IsKtap(parsed);
        if (asJson && asKtap)
        {
            throw new InputException("faultline: choose one of --json and --ktap");
        }

        using ReportFiles reportFiles = reports.Open(parsed);
        int workers = SharedOptions.Workers(parsed.GetValue(jobs));
        CheckpointFile? checkpoint = longRun.Checkpoint(parsed, $"{plan.Subject}, {strategy.Name(parsed)}", plan.Requests.Count);
        using var progress = new ProgressLine();
        var options = new CheckOptions(Limits(parsed, cancellation), Witnesses: (!inBrief && !writes) || reports.KeepsSchedule(parsed), parsed.GetValue(twice), progress.Show)
        {
            Strategy = Strategy(parsed, Math.Max(1, workers / Math.Max(1, plan.Requests.Count)), checkpoint),
            SearchWorkers = workers,
        };
        var results = new List<CheckResult>();
        foreach (CheckResult result in CheckBatch.Run(plan.Requests, options, workers))
        {
            progress.Clear();
            results.Add(result);
            if (!asJson && !asKtap)
            {
                Print(result, inBrief);
            }
        }

        bool interrupted = cancellation.IsCancellationRequested;
        var report = new Lazy<CiReport>(() => CiReport.Of(results, plan.NotRun, interrupted));
        reportFiles.Write(report, results);
        if (asJson)
        {
            using Stream output = Console.OpenStandardOutput();
            CheckJson.Write(output, results, plan.NotRun);
        }
        else if (asKtap)
        {
            Ktap.Write(Console.Out, report.Value);
        }
        else
        {
            PrintTotals(results, plan.NotRun);
        }

        if (writes)
        {
            WriteExpected(plan.Requests.Zip(results));
        }

        if (checkpoint is not null)
        {
            LongRunOptions.TellOfCheckpoint(checkpoint, results);
        }

        if (interrupted)
        {
            Console.Error.WriteLine($"faultline: interrupted after {results.Count} of {plan.Requests.Count} checks");
        }

        return ExitCode.Worst([interrupted ? ExitCode.Incomplete : ExitCode.AsExpected, .. results.Select(r => r.ExitCode)]);
    }

    private int Shrink(ParseResult parsed, IReadOnlyList<TestFile> files, CancellationToken cancellation)
    {
        if (parsed.GetValue(json) || parsed.GetValue(brief) || parsed.GetValue(record) || parsed.GetValue(twice))
        {
            throw new InputException("faultline: --shrink prints a test; --json, --brief, --write-expected and --verify-determinism are for checks");
        }

        var options = new CheckOptions(Limits(parsed, cancellation), Witnesses: false) { Strategy = Strategy(parsed, workers: 1, checkpoint: null) };
        return shrink.Run(parsed, files, parsed.GetValue(kernel) ?? [], parsed.GetValue(filesystem) ?? [], options);
    }

    private SearchLimits Limits(ParseResult parsed, CancellationToken cancellation) =>
        SharedOptions.Limits(parsed.GetValue(maxStates), parsed.GetValue(timeout), cancellation) with { MaxMemory = longRun.MaxMemory(parsed) };

    private ISearchStrategy? Strategy(ParseResult parsed, int workers, CheckpointFile? checkpoint)
    {
        ISearchStrategy? chosen = strategy.Read(parsed, parsed.GetValue(timeout) > 0, workers, longRun.MaxMemory(parsed));
        if (chosen is not null && (parsed.GetValue(twice) || parsed.GetValue(record)))
        {
            throw new InputException("faultline: --verify-determinism and --write-expected are for the exhaustive strategy");
        }

        if (checkpoint is null)
        {
            return chosen;
        }

        return chosen is null or Exhaustive
            ? (chosen as Exhaustive ?? new Exhaustive { Workers = workers, CheckDeterminism = parsed.GetValue(twice) }) with
            {
                Checkpoint = checkpoint,
                Resume = longRun.Resumes(parsed),
            }
            : throw new InputException("faultline: --checkpoint is for the strategies exhaustive, unreduced and reduced");
    }

    private static void Print(CheckResult result, bool inBrief)
    {
        string where = $"{result.Machine.Version.Name} {Inputs.Name(result.Machine.Filesystem)}";
        if (inBrief)
        {
            Console.Out.WriteLine(
                $"{result.Test.Name,-24} {where,-22} {result.Found,-44} {result.Search.States,10:N0} states  {Judgement(result)}"
                + (result.SameAs is { } other ? $", same as {other}" : ""));
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
        ExitCode.Incomplete when result.Search is { Complete: false, Coverage: { } coverage } =>
            $"NO PROOF: nothing unexpected was seen, but {CoverageText.Brief(coverage)}",
        ExitCode.Incomplete => $"NOT COMPLETE: stopped by {result.Search.StoppedBy ?? "a bound in the reference"}",
        _ => $"UNEXPECTED: expected {result.Expected?.ToString() ?? "no violation"}, found {result.Found}"
            + (result.Search.Coverage is SampleCoverage sample ? $"; strategy {sample.Strategy}, seed {sample.Seed}" : ""),
    };

    private static void PrintTotals(List<CheckResult> results, IReadOnlyList<NotRun> notRun)
    {
        foreach (string line in NotRun.Lines(notRun))
        {
            Console.Out.WriteLine($"*** NOT RUN: {line} ***");
        }

        if (results.Count + notRun.Count < 2)
        {
            return;
        }

        int Count(int code) => results.Count(r => r.ExitCode == code);
        int shared = results.Count(r => r.SameAs is not null);
        Console.Out.WriteLine(
            $"{results.Count} checks: {Count(ExitCode.AsExpected)} as expected, {Count(ExitCode.Unexpected)} unexpected, "
            + $"{Count(ExitCode.Incomplete)} not complete; {results.Sum(r => r.StatesSearched):N0} states"
            + (shared > 0 ? $", {shared} the same as another" : "")
            + (notRun.Count > 0 ? $"; {notRun.Count} NOT RUN" : ""));
    }

    private static void WriteExpected(IEnumerable<(CheckRequest Request, CheckResult Result)> results)
    {
        foreach (var test in results.GroupBy(r => r.Request.File))
        {
            ExpectedFile expected = test.Key.Expected ?? new ExpectedFile([], []);
            foreach ((_, CheckResult result) in test.Where(r => r.Result.IsComplete))
            {
                expected = expected.With(result.Machine.Version.Name, Inputs.Name(result.Machine.Filesystem), result.Found);
            }

            File.WriteAllText(TestFile.ExpectedPath(test.Key.Path), expected.Write());
        }
    }
}
