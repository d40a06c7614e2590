using System.CommandLine;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;
using Faultline.Real;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;
using Faultline.Real.Runs;
using ParseResult = System.CommandLine.ParseResult;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline run</c>: tests on this machine's kernel, held against the model.</summary>
internal sealed class RunCommand
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    private readonly Argument<string[]> tests = SharedOptions.Tests();
    private readonly Option<string> directory = new("--dir", "-d") { Description = "Where the tests' files lie, on the filesystem to be tested.", HelpName = "DIR" };
    private readonly Option<string> source = new("--source") { Description = "Where the file lies that read_direct reads: on a disk with O_DIRECT. Default: --dir.", HelpName = "DIR" };
    private readonly Option<double> seconds = SharedOptions.Seconds("How long each test runs.");
    private readonly Option<string[]> kernel = SharedOptions.Kernel("Default: running; with --merge that of the logs.");
    private readonly Option<string[]> filesystem = new("--fs", "-f")
    {
        Description = "The modelled filesystem: ext4, xfs, or both separated by a comma. Default: that of the directory; both where it is neither.",
        HelpName = "FS[,FS]",
    };

    private readonly Option<string> observe = SharedOptions.Observe(Watch.All);
    private readonly Option<string> log = new("--log") { Description = "Append what each test printed to this file, in litmus7's format.", HelpName = "FILE" };
    private readonly Option<string[]> merge = new("--merge")
    {
        Description = "Add up what these logs hold of the test and compare that; without --dir nothing is run.",
        HelpName = "LOG",
    };

    private readonly Option<bool> dax = new("--dax") { Description = "Refuse a directory that is not DAX." };
    private readonly Option<bool> poison = new("--poison") { Description = "Run tests that poison memory until the next boot. In a virtual machine only." };
    private readonly Option<long> maxStates = SharedOptions.MaxStates();
    private readonly Option<double> timeout = SharedOptions.Timeout();

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new RunCommand();
        var command = new Command("run", "Compile tests, run them on this machine's kernel, and hold what is seen against what the model allows.")
        {
            it.tests, it.directory, it.source, it.seconds, it.kernel, it.filesystem, it.observe, it.log, it.merge, it.dax, it.poison, it.maxStates, it.timeout,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(it.Run(parsed, cancellation)));
        return command;
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        IReadOnlyList<TestFile> files = Inputs.Load(parsed.GetValue(tests)!, CompileLimits.Search, forCost: false);
        string[] named = parsed.GetValue(kernel) ?? [];
        IReadOnlyList<KernelVersion> kernels = named.Length == 0 ? [] : Inputs.Kernels(named);
        if (kernels.Count > 1)
        {
            throw new InputException($"faultline: run takes one --kernel, not {string.Join(", ", kernels.Select(k => k.Name))}");
        }

        string[] logs = parsed.GetValue(merge) ?? [];
        if (parsed.GetValue(directory) is null && logs.Length == 0)
        {
            throw new InputException("faultline: run needs --dir DIR, a directory on the filesystem to be tested, or --merge LOG");
        }

        List<Histogram> merged = [.. logs.SelectMany(ReadLog)];
        var codes = new List<int>();
        foreach (TestFile file in files)
        {
            codes.Add(RunOrRefuse(file, kernels.SingleOrDefault(), parsed, merged, cancellation));
            if (cancellation.IsCancellationRequested)
            {
                Console.Error.WriteLine($"faultline: interrupted in test {codes.Count} of {files.Count}");
                return ExitCode.Worst([.. codes, ExitCode.Incomplete]);
            }
        }

        return ExitCode.Worst(codes);
    }

    // What stops one test need not stop the next.
    private int RunOrRefuse(TestFile file, KernelVersion? version, ParseResult parsed, List<Histogram> merged, CancellationToken cancellation)
    {
        try
        {
            return Run(file, version, parsed, merged, cancellation);
        }
        catch (InputException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
    }

    private int Run(TestFile file, KernelVersion? named, ParseResult parsed, List<Histogram> merged, CancellationToken cancellation)
    {
        LitmusTest test = file.Test!;
        if (LeftOut.Essential(test) is { } missing)
        {
            throw new InputException($"{file.Path}:{missing.Position.Line}:{missing.Position.Column}: {LeftOut.EssentialReason}");
        }

        string[] systems = parsed.GetValue(filesystem) ?? [];
        IReadOnlyList<FilesystemKind> asked = systems.Length == 0 ? [] : Inputs.Filesystems(systems);
        foreach (FilesystemKind fs in asked)
        {
            Inputs.Demand(file, named ?? Running(), fs);
        }

        ObservedSet observed = ObservedSet.Of(test, SharedOptions.WatchOf(parsed.GetValue(observe)));
        List<Histogram> parts = [.. merged.Where(h => h.TestName == ReproProgram.NameOf(test) && h.Hash == observed.Hash)];
        if (parts.Count == 0 && (merged.Count > 0 || parsed.GetValue(directory) is null))
        {
            throw new InputException($"faultline: the logs hold no histogram of {test.Name} with the same program and the same --observe (Hash={observed.Hash})");
        }

        bool interrupted = false;
        if (parsed.GetValue(directory) is { } where)
        {
            ReproRun run = RunHere(file, where, observed.Watch, parsed, cancellation);
            parts.Add(run.Histogram);
            interrupted = run.WasInterrupted || cancellation.IsCancellationRequested;
        }

        Histogram sum = Histogram.Sum(parts);
        if (interrupted)
        {
            sum.Write(Console.Out);
            return ExitCode.Incomplete;
        }

        return Compare(file, named ?? VersionOf(sum), asked.Count > 0 ? asked : FilesystemsOf(sum), observed, sum, parsed, cancellation);
    }

    private ReproRun RunHere(TestFile file, string where, Watch watch, ParseResult parsed, CancellationToken cancellation)
    {
        LitmusTest test = file.Test!;
        var options = new ReproOptions(SharedOptions.Positive("--seconds", parsed.GetValue(seconds)), watch);
        string[] further = parsed.GetValue(source) is { } from && test.Statements.Any(s => s is DirectReadStatement) ? [from] : [];
        if (test.Statements.Any(s => s is HwPoisonStatement))
        {
            further = parsed.GetValue(poison) ? ["poison"]
                : throw new InputException($"{file.Path}: this test poisons memory, which stays so until the next boot; in a virtual machine and as root, --poison runs it");
        }

        try
        {
            if (parsed.GetValue(dax) && Surroundings.Of(ReproRun.Run(test, options with { Seconds = 0.01 }, where, further, cancellation).Histogram) is not { IsDax: true })
            {
                throw new InputException($"faultline: {where} is not DAX; mount ext4 or XFS with -o dax=always on persistent memory (memmap=, nvdimm), or leave --dax out");
            }

            using var progress = new ProgressLine();
            DateTime start = DateTime.UtcNow;
            using var clock = new Timer(
                _ => progress.Show($"{test.Name}: {(DateTime.UtcNow - start).TotalSeconds:F0} of {options.Seconds:F0} s on this kernel"), null, Tick, Tick);
            ReproRun run = ReproRun.Run(test, options, where, further, cancellation);
            Append(parsed.GetValue(log), run.Log);
            return run;
        }
        catch (RunException e)
        {
            throw new InputException($"faultline: {e.Message}");
        }
    }

    private int Compare(
        TestFile file, KernelVersion version, IReadOnlyList<FilesystemKind> filesystems, ObservedSet observed, Histogram sum, ParseResult parsed, CancellationToken cancellation)
    {
        List<FilesystemKind> able = [.. filesystems.Where(fs => NotRun.Of(file, version, fs) is null)];
        if (able.Count == 0)
        {
            sum.Write(Console.Out);
            Inputs.Demand(file, version, filesystems[0]);
        }

        using var progress = new ProgressLine();
        SearchLimits limits = SharedOptions.Limits(parsed.GetValue(maxStates), parsed.GetValue(timeout), cancellation);
        var comparison = new Comparison(sum, AllowedOutcomes.Explore(file.Program!, observed, version, able, limits, progress.Show));
        progress.Clear();
        ComparisonText.Write(Console.Out, comparison);
        Console.Out.WriteLine();
        return comparison.IsFinding ? ExitCode.Unexpected : comparison.Allowed.IsComplete ? ExitCode.AsExpected : ExitCode.Incomplete;
    }

    private static KernelVersion Running() => Inputs.Kernels(["running"])[0];

    // The modelled version that stands for the kernel on which the rounds ran; logs of programs that do not say are taken for this machine's.
    private static KernelVersion VersionOf(Histogram histogram)
    {
        string[] releases = [.. histogram.Notes.Select(Surroundings.Parse).OfType<Surroundings>().Select(s => s.Kernel).Distinct()];
        KernelVersion?[] versions = [.. releases.Select(r => RunningKernel.Nearest(r, KernelVersions.All)).DistinctBy(v => v?.Name)];
        return versions switch
        {
            [] => Running(),
            [{ } one] => one,
            [null] => throw new InputException($"faultline: kernel {releases[0]} is older than every modelled one; --kernel names one"),
            _ => throw new InputException($"faultline: the rounds are of different kernels: {string.Join(", ", releases)}; --kernel says which one to compare with"),
        };
    }

    // Those that the rounds ran on; what the model does not have, or the log does not say, is held against both.
    private static FilesystemKind[] FilesystemsOf(Histogram histogram)
    {
        FilesystemKind[] all = Enum.GetValues<FilesystemKind>();
        FilesystemKind[] found =
        [
            .. histogram.Notes.Select(Surroundings.Parse).OfType<Surroundings>().SelectMany(s => s.Filesystem switch
            {
                "ext4" => [FilesystemKind.Ext4],
                "xfs" => [FilesystemKind.Xfs],
                _ => all,
            }).Distinct().Order(),
        ];
        return found.Length > 0 ? found : all;
    }

    private static IReadOnlyList<Histogram> ReadLog(string path)
    {
        try
        {
            LogContents contents = HistogramLog.Parse(path, File.ReadAllText(path));
            foreach (Diagnostic problem in contents.Problems)
            {
                Console.Error.WriteLine(problem);
            }

            return contents.Histograms;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}:1:1: cannot be read: {e.Message}");
        }
    }

    private static void Append(string? path, string text)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            File.AppendAllText(path, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Out.Write(text); // what was seen is not lost
            throw new InputException($"faultline: the log {path} cannot be written: {e.Message}; name another file; what was seen is on standard output");
        }
    }
}
