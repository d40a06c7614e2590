using System.CommandLine;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Costing;
using Faultline.Litmus.Expectations;
using Faultline.Litmus.Verdicts;
using Spectre.Console;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline cost</c>: one thread, no search; what its run costs on each kernel.</summary>
internal sealed class CostCommand
{
    private const double MiB = 1 << 20;

    private readonly Argument<string[]> tests = SharedOptions.Tests();
    private readonly Option<string[]> kernel = SharedOptions.Kernel();
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new CostCommand();
        var command = new Command("cost", "Run a test of one thread once, at any size, and count faults, RAM, PTE writes and TLB flushes.")
        {
            it.tests, it.kernel, it.filesystem,
        };
        command.SetAction(it.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        IReadOnlyList<TestFile> files = Inputs.Load(parsed.GetValue(tests)!, CompileLimits.Cost, forCost: true);
        string[] named = parsed.GetValue(kernel) ?? [];
        IReadOnlyList<KernelVersion> kernels = Inputs.Kernels(named.Length == 0 ? ["v4.12", "v4.14"] : named);
        string[] systems = parsed.GetValue(filesystem) ?? [];
        IReadOnlyList<FilesystemKind> filesystems = Inputs.Filesystems(systems.Length == 0 ? ["ext4"] : systems);
        int code = ExitCode.AsExpected;
        foreach (TestFile file in files)
        {
            var places = (from v in kernels from fs in filesystems select (Version: v, Filesystem: fs)).ToList();
            places.ForEach(p => Inputs.Demand(file, p.Version, p.Filesystem));
            List<CostResult> results = [.. places.Select(p => CostRun.Run(file.Test!, file.Program!, p.Version, p.Filesystem))];
            Print(file, results);
            code = ExitCode.Worst([code, .. results.Select(r => CodeOf(file, r))]);
        }

        return code;
    }

    // One thread has one outcome: the proposition holds always or never.
    private static int CodeOf(TestFile file, CostResult result)
    {
        Expectation found = Expectation.Of(
            result.Satisfied ? Observation.Always : Observation.Never, result.Violations.Select(v => v.ToString()));
        Expectation? expected = file.Expected?.Find(result.Kernel.Name, Inputs.Name(result.Filesystem));
        bool asExpected = expected is null ? found.Violations.Count == 0 : found.Equals(expected);
        return asExpected ? ExitCode.AsExpected : ExitCode.Unexpected;
    }

    private static void Print(TestFile file, List<CostResult> results)
    {
        Console.Out.WriteLine($"{file.Test!.Name}: {file.Test.Title}");
        Table table = new Table().Border(TableBorder.Ascii2);
        string[] headers = ["kernel", "fs", "faults", "page-cache RAM", "anon RAM", "PTE writes", "TLB flushes", "blocks", "condition", "model time", "faults/s"];
        foreach (string header in headers)
        {
            table.AddColumn(new TableColumn(header).NoWrap().RightAligned());
        }

        foreach (CostResult r in results)
        {
            table.AddRow(
                r.Kernel.Name, Inputs.Name(r.Filesystem), $"{r.Counters.Faults:N0}", Ram(r.Counters.PageCachePages), Ram(r.Counters.AnonPages),
                $"{r.Counters.PteWrites:N0}", $"{r.Counters.TlbFlushes:N0}", $"{r.Counters.BlocksAllocated:N0}",
                r.Violations.Count > 0 ? string.Join(", ", r.Violations) : r.Satisfied ? "holds" : "does not hold",
                $"{r.Elapsed.TotalSeconds:F2} s", $"{r.FaultsPerSecond:N0}");
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = 160;
        console.Write(table);
    }

    private static string Ram(long pages) => $"{pages * CostRun.PageBytes / MiB:N1} MiB";
}
