using System.CommandLine;
using System.Diagnostics;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Compile;
using Faultline.Real.Histograms;
using Faultline.Real.Lab;
using Faultline.Real.LabRuns;
using Faultline.Real.Runs;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline lab run</c>: tests on a real kernel in QEMU, side by side with the model.</summary>
internal sealed class LabRunCommand
{
    private const int MostCpus = 8, CpuLimit = 64, SpareSeconds = 60;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly Argument<string> version = new("V") { Description = "A kernel: a version such as 6.12, or a whole release. It is prepared if need be." };
    private readonly Argument<string[]> tests = SharedOptions.Tests();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<double> seconds = new("--seconds", "-s") { Description = "How long each test runs. Default: 5.", HelpName = "N", DefaultValueFactory = _ => 5 };
    private readonly Option<double> limit = new("--limit")
    {
        Description = $"Give a test up that has not come back after so long, and go on with the next in a new guest. Default: {SpareSeconds} more than --seconds.",
        HelpName = "SECONDS",
    };

    private readonly Option<int> cpus = new("--cpus") { Description = "CPUs of the guest. Default: those of this machine, 2 to 8.", HelpName = "N" };
    private readonly Option<string[]> kernel = SharedOptions.Kernel("Default: the modelled version that stands for the guest's kernel.");
    private readonly Option<string> observe = SharedOptions.Observe(Watch.All);
    private readonly Option<string> log = new("--log") { Description = "Append what each test printed to this file, in litmus7's format; 'faultline run --merge' adds logs up.", HelpName = "FILE" };
    private readonly Option<string> suite = new("--suite") { Description = "The Debian suite to ask for a kernel that this machine's own suites do not have.", HelpName = "SUITE", DefaultValueFactory = _ => LabPrepareCommand.DefaultSuite };
    private readonly Option<long> maxStates = SharedOptions.MaxStates();
    private readonly Option<double> timeout = SharedOptions.Timeout();

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new LabRunCommand();
        var command = new Command("run", "Boot a real kernel in QEMU, run tests in it on DAX filesystems, and print kernel and model side by side.")
        {
            it.version, it.tests, it.filesystem, it.seconds, it.limit, it.cpus, it.kernel, it.observe, it.log, it.suite, it.maxStates, it.timeout,
        };
        command.SetAction(LabCommand.Interruptible(it.Run));
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        string[] named = parsed.GetValue(tests)!;
        IReadOnlyList<TestFile> files = Inputs.Load(named, CompileLimits.Search, forCost: false);
        LabJob[] jobs = [.. files.SelectMany(f => Inputs.Filesystems(parsed.GetValue(filesystem) ?? []).Select(fs => new LabJob(f, fs)))];
        LabRunOptions options = Options(parsed, cancellation);
        KernelVersion? chosen = Chosen(parsed.GetValue(kernel) ?? []);
        int guestCpus = Cpus(parsed);
        CCompiler.Find();
        Tool.Require("qemu-system-x86_64");
        Append(parsed.GetValue(log), "");
        Manifest manifest = await new KernelLab(LabCommand.Say).Prepare(parsed.GetValue(version)!, parsed.GetValue(suite)!, again: false, cancellation);
        KernelVersion model = chosen ?? LabCommand.ModelOf(manifest);
        await using var session = new LabSession(manifest, new GuestOptions(guestCpus, KernelLab.AcceleratorOf(manifest)));
        var results = new List<LabResult>();
        try
        {
            await Run(new Jobs(session, model, options, jobs), parsed.GetValue(log), results, cancellation);
        }
        finally
        {
            Summarise(session, model, results, jobs.Length, Inputs.PassedOver(named, files));
        }

        return CodeOf(results);
    }

    private static async Task Run(Jobs all, string? log, List<LabResult> results, CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        string what = "";
        long since = Stopwatch.GetTimestamp();
        var run = new LabRun(all.Session, all.Model, all.Options, (job, does) =>
        {
            what = $"{results.Count + 1} of {all.List.Length}: {job.File.Test!.Name} on {Inputs.Name(job.Filesystem)}, {does}";
            since = Stopwatch.GetTimestamp();
        });
        using var clock = new Timer(_ => progress.Show($"{what}, {Stopwatch.GetElapsedTime(since).TotalSeconds:F0} s"), null, Tick, Tick);
        await foreach (LabResult result in run.Run(all.List, cancellation))
        {
            progress.Clear();
            results.Add(result);
            LabText.Write(Console.Out, result);
            Append(log, result.Outcome?.Log ?? "");
        }
    }

    private LabRunOptions Options(ParseResult parsed, CancellationToken cancellation)
    {
        double each = SharedOptions.Positive("--seconds", parsed.GetValue(seconds));
        double most = parsed.GetResult(limit) is null ? each + SpareSeconds : SharedOptions.Positive("--limit", parsed.GetValue(limit));
        return most > each
            ? new LabRunOptions(
                each, TimeSpan.FromSeconds(most), SharedOptions.WatchOf(parsed.GetValue(observe)),
                SharedOptions.Limits(parsed.GetValue(maxStates), parsed.GetValue(timeout), cancellation))
            : throw new InputException("faultline: --limit must be more than --seconds");
    }

    private static KernelVersion? Chosen(string[] names)
    {
        IReadOnlyList<KernelVersion> kernels = names.Length > 0 ? Inputs.Kernels(names) : [];
        return kernels.Count < 2 ? kernels.SingleOrDefault()
            : throw new InputException($"faultline: lab run takes one --kernel, not {string.Join(", ", kernels.Select(k => k.Name))}");
    }

    private int Cpus(ParseResult parsed)
    {
        int given = parsed.GetResult(cpus) is null ? Math.Clamp(Environment.ProcessorCount, 2, MostCpus) : parsed.GetValue(cpus);
        return given is >= 1 and <= CpuLimit ? given : throw new InputException($"faultline: --cpus takes 1 to {CpuLimit}");
    }

    private static void Summarise(LabSession session, KernelVersion model, List<LabResult> results, int jobs, IReadOnlyList<string> passedOver)
    {
        if (results.Count == 0)
        {
            return; // what stopped it is said elsewhere
        }

        if (results.Count < jobs)
        {
            Console.Out.WriteLine($"stopped in test {results.Count + 1} of {jobs}; what is below is of those before it");
        }

        LabText.Summary(Console.Out, session, model, results);
        foreach (string path in passedOver)
        {
            Console.Out.WriteLine($"passed over: {path} (Geometry=real: it is for 'faultline cost')");
        }
    }

    // What was run counts; where nothing could be, that is bad input.
    private static int CodeOf(List<LabResult> results) =>
        results.All(r => r.Verdict == LabVerdict.NotRun) ? ExitCode.BadInput : ExitCode.Worst(results.Select(r => r.Verdict switch
        {
            LabVerdict.Finding => ExitCode.Unexpected,
            LabVerdict.Undecided => ExitCode.Incomplete,
            _ => ExitCode.AsExpected,
        }));

    private static void Append(string? path, string text)
    {
        try
        {
            if (path is not null)
            {
                File.AppendAllText(path, text);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"faultline: the log {path} cannot be written: {e.Message}; name another file");
        }
    }

    private sealed record Jobs(LabSession Session, KernelVersion Model, LabRunOptions Options, LabJob[] List);
}
