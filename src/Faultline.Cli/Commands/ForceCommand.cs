using System.CommandLine;
using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Compile;
using Faultline.Real.Force;
using Faultline.Real.Lab;

namespace Faultline.Cli.Commands;

/// <summary><c>faultline force</c>: drives a real kernel in QEMU through a witness's schedule.</summary>
internal sealed class ForceCommand
{
    private readonly Argument<string> test = new("TEST") { Description = "A .litmus file." };
    private readonly Option<string> lab = new("--lab", "-l") { Description = "The kernel: a version such as 6.12. It is prepared if need be.", HelpName = "V", Required = true };
    private readonly Option<string[]> filesystem = SharedOptions.Filesystem();
    private readonly Option<string[]> kernel = SharedOptions.Kernel("Whose witness is taken. Default: the modelled version that stands for the kernel.");
    private readonly Option<string> violation = new("--violation") { Description = "Which finding's witness. Default: the first.", HelpName = "NAME" };
    private readonly Option<int> tries = new("--tries") { Description = "How often it is tried.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int> compare = new("--compare") { Description = "Also let the threads race freely for so long, unpinned and pinned, and print a table of rates.", HelpName = "SECONDS" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ForceCommand();
        var command = new Command("force", "Drive a real kernel through the schedule of a witness: one thread is held inside the kernel while another passes it.")
        {
            it.test, it.lab, it.filesystem, it.kernel, it.violation, it.tries, it.compare,
        };
        command.SetAction(it.Run);
        return command;
    }

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        TestFile file = Inputs.Load([parsed.GetValue(test)!], CompileLimits.Search, forCost: false).Single();
        int times = parsed.GetValue(tries), seconds = parsed.GetValue(compare);
        if (times < 1 || seconds < 0)
        {
            throw new InputException("faultline: --tries and --compare take a number above 0");
        }

        if (ForceRun.WhyNot(file.Program!) is { } why)
        {
            throw new InputException($"cannot force {file.Test!.Name}: {why}");
        }

        Manifest manifest = await new KernelLab(LabCommand.Say).Prepare(parsed.GetValue(lab)!, LabPrepareCommand.DefaultSuite, again: false, cancellation);
        string[] named = parsed.GetValue(kernel) ?? [];
        KernelVersion version = named.Length == 0 ? LabCommand.ModelOf(manifest) : Inputs.Kernels(named)[0];
        var options = new GuestOptions(file.Program!.Threads.Count + 1, "tcg", Debugger: true, Isolated: true);
        int code = ExitCode.AsExpected;
        foreach (FilesystemKind fs in Inputs.Filesystems(parsed.GetValue(filesystem) ?? ["ext4"]))
        {
            Inputs.Demand(file, version, fs);
            CheckResult result = Checker.Check(
                file.Test!, file.Program!, version, fs, file.Expected?.Find(version.Name, Inputs.Name(fs)),
                new CheckOptions(new SearchLimits(Cancellation: cancellation)));
            Finding finding = Choose(result, parsed.GetValue(violation));
            await using Guest guest = await Guest.Boot(manifest, options, cancellation);
            string? warning = finding.Violation is { Kind: ViolationKind.Warn } warn ? warn.Name : null;
            ForceRun run = await ForceRun.Prepare(guest, Inputs.Name(fs), result.Machine, finding.Witness!, warning, cancellation);
            Console.Out.WriteLine($"{file.Test!.Name} on {manifest.Release}, {Inputs.Name(fs)}: the witness of {version.Name} for {finding.Name}");
            ForceText.Plan(run, result.Machine.Program).ToList().ForEach(Console.Out.WriteLine);
            code = ExitCode.Worst([code, await Try(run, times, seconds, cancellation)]);
        }

        return code;
    }

    private static async Task<int> Try(ForceRun run, int times, int seconds, CancellationToken cancellation)
    {
        int reproduced = 0, number = 0, failed = 0;
        await foreach (ForceTry one in run.Try(times, cancellation))
        {
            number++;
            reproduced += one.Reproduced ? 1 : 0;
            failed = failed == 0 && !one.Reproduced ? number : failed;
            Console.Out.WriteLine(one.Reproduced ? $"reproduced: {one.Seen}" : $"not reproduced: {one.Why}");
        }

        if (failed > 0)
        {
            Console.Out.WriteLine($"the kernel's events in try {failed}:");
            (await run.Events(failed, cancellation)).ToList().ForEach(Console.Out.WriteLine);
        }

        IReadOnlyList<string> warnings = await run.Warnings(cancellation);
        bool missing = run.HasExpectedWarning(warnings) == false;
        if (warnings.Count > 0 || missing)
        {
            Console.Out.WriteLine($"the kernel's log has {(warnings.Count > 0 ? $"a WARN or BUG of {string.Join(", ", warnings)}" : "no WARN, where the model has one")}");
        }

        Console.Out.WriteLine($"{reproduced} of {times} tries");
        if (seconds > 0)
        {
            var rates = new List<StressRate>();
            foreach (bool pinned in new[] { false, true })
            {
                rates.Add(await run.Stress(pinned, seconds, cancellation));
            }

            ForceText.Rates(rates, reproduced, times).ToList().ForEach(Console.Out.WriteLine);
        }

        return reproduced == times && !missing ? ExitCode.AsExpected : ExitCode.Unexpected;
    }

    private static Finding Choose(CheckResult result, string? name)
    {
        string where = $"{result.Test.Name} on {result.Machine.Version.Name}, {Inputs.Name(result.Machine.Filesystem)}";
        string[] names = [.. result.Findings.Where(f => f.Witness is not null).Select(f => f.Name)];
        if (names.Length == 0)
        {
            throw new InputException($"cannot force {where}: the model finds nothing there, so there is no witness; --kernel takes that of another version");
        }

        return result.Findings.FirstOrDefault(f => f.Witness is not null && (name is null || f.Name == name))
            ?? throw new InputException($"faultline: no finding '{name}'{NearestName.Hint(name!, names)}; found: {string.Join(", ", names)}");
    }
}
