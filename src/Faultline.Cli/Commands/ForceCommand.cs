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
    private readonly Option<string> violation = new("--violation") { Description = "Which finding's witness. Default: the condition's, or else the first.", HelpName = "NAME" };
    private readonly Option<int> tries = new("--tries") { Description = "How often it is tried.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int> compare = new("--compare") { Description = "Also let the threads race freely for so long, unpinned and pinned, and print a table of rates.", HelpName = "SECONDS" };
    private readonly Option<string[]> hold = new("--hold")
    {
        Description = "Hold the thread of that turn at another place: in a function, or so many bytes behind its beginning, when it comes there for the TIMEth time.",
        HelpName = "TURN:FUNCTION[+0xN][@TIME]",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var it = new ForceCommand();
        var command = new Command("force", "Drive a real kernel through the schedule of a witness: one thread is held inside the kernel while another passes it.")
        {
            it.test, it.lab, it.filesystem, it.kernel, it.violation, it.tries, it.compare, it.hold,
        };
        command.SetAction(LabCommand.Interruptible(it.Run));
        return command;
    }

    // A test on a kernel and filesystem, and which of its findings is forced.
    private sealed record Target(Manifest Kernel, FilesystemKind Filesystem, CheckResult Result, Finding Finding);

    private async Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        TestFile file = Inputs.Load([parsed.GetValue(test)!], CompileLimits.Search, forCost: false).Single();
        int times = parsed.GetValue(tries), seconds = parsed.GetValue(compare);
        if (times < 1 || seconds < 0)
        {
            throw new InputException("faultline: --tries takes a number above 0, --compare one of 0 or more");
        }

        ChosenHold[] holds = [.. (parsed.GetValue(hold) ?? []).Select(text => ChosenHold.Parse(text)
            ?? throw new InputException($"faultline: --hold {text}: expected TURN:FUNCTION, TURN:FUNCTION+0x1f or TURN:FUNCTION@2"))];
        if (ForceRun.WhyNot(file.Program!) is { } why)
        {
            throw new InputException($"cannot force {file.Test!.Name}: {why}");
        }

        Manifest manifest = await new KernelLab(LabCommand.Say).Prepare(parsed.GetValue(lab)!, LabPrepareCommand.DefaultSuite, again: false, cancellation);
        string[] named = parsed.GetValue(kernel) ?? [];
        KernelVersion version = named.Length == 0 ? LabCommand.ModelOf(manifest) : Inputs.Kernels(named)[0];
        int code = ExitCode.AsExpected;
        foreach (Target target in Targets(file, manifest, version, parsed, cancellation))
        {
            Console.Out.WriteLine($"{file.Test!.Name} on {manifest.Release}, {Inputs.Name(target.Filesystem)}: the witness of {version.Name} for {target.Finding.Name}");
            code = ExitCode.Worst([code, await Force(target, holds, times, seconds, cancellation)]);
        }

        return code;
    }

    private List<Target> Targets(TestFile file, Manifest manifest, KernelVersion version, ParseResult parsed, CancellationToken cancellation)
    {
        string[] asked = parsed.GetValue(filesystem) ?? [];
        string? name = parsed.GetValue(violation);
        var targets = new List<Target>();
        var without = new List<string>();
        foreach (FilesystemKind fs in Inputs.Filesystems(asked))
        {
            if (asked.Length == 0 && NotRun.Of(file, version, fs) is not null)
            {
                continue; // not every filesystem has what the test uses
            }

            Inputs.Demand(file, version, fs);
            CheckResult result = Checker.Check(
                file.Test!, file.Program!, version, fs, file.Expected?.Find(version.Name, Inputs.Name(fs)),
                new CheckOptions(new SearchLimits(Cancellation: cancellation)));
            cancellation.ThrowIfCancellationRequested();
            if (Choose(result, name) is { } finding)
            {
                targets.Add(new Target(manifest, fs, result, finding));
            }
            else
            {
                without.Add($"{Inputs.Name(fs)}{Found(result)}");
            }
        }

        return targets.Count > 0 ? targets : throw new InputException(
            $"cannot force {file.Test!.Name}: the model finds {name ?? "nothing"}{(name is null ? "" : " not")} in it on {version.Name}, {string.Join(" and ", without.DefaultIfEmpty("any filesystem"))}, so there is no witness; "
            + "--kernel takes that of another version");
    }

    private static string Found(CheckResult result)
    {
        string[] names = [.. result.Findings.Where(f => f.Witness is not null).Select(f => f.Name)];
        return names.Length == 0 ? "" : $" (it finds {string.Join(", ", names)})";
    }

    // Not named: the condition's if it takes a race, else the first that takes one.
    private static Finding? Choose(CheckResult result, string? name)
    {
        Finding[] all = [.. result.Findings.Where(f => f.Witness is not null && f.Cycle is null)];
        return name is not null ? all.FirstOrDefault(f => f.Name == name)
            : all.LastOrDefault(f => f.Violation is null && f.Witness!.Preemptions > 0) ?? all.FirstOrDefault(f => f.Witness!.Preemptions > 0) ?? all.FirstOrDefault();
    }

    private static async Task<int> Force(Target target, ChosenHold[] holds, int times, int seconds, CancellationToken cancellation)
    {
        int threads = target.Result.Machine.Program.Threads.Count, reproduced = 0, code = ExitCode.AsExpected;
        for (int done = 0; done < times;)
        {
            var options = new GuestOptions(threads + 1, "tcg", Debugger: true, Isolated: true); // a debugger sees all CPUs only where QEMU emulates them
            await using Guest guest = await Guest.Boot(target.Kernel, options, cancellation);
            string? warning = target.Finding.Violation is { Kind: ViolationKind.Warn or ViolationKind.Bug } bad ? bad.Name : null;
            ForceRun run = await ForceRun.Prepare(
                guest, Inputs.Name(target.Filesystem), target.Result.Machine, target.Finding.Witness!, warning, cancellation);
            Array.ForEach(holds, run.Move);
            if (done == 0)
            {
                ForceText.Plan(run.Turns, target.Result.Machine.Program).ToList().ForEach(Console.Out.WriteLine);
            }

            var ended = new List<ForceTry>();
            await foreach (ForceTry one in run.Try(times - done, cancellation))
            {
                ended.Add(one);
                Console.Out.WriteLine(one);
            }

            done += ended.Count;
            reproduced += ended.Count(t => t.Verdict == ForceVerdict.Reproduced);
            code = ExitCode.Worst([code, .. ended.Select(CodeOf)]);
            if (!run.Predicted.IsHang)
            {
                code = ExitCode.Worst([code, await Aftermath(run, ended, cancellation)]);
            }
            else if (warning is not null)
            {
                Console.Out.WriteLine($"(a guest that hangs does not show its log, so nothing is said of the warning of {warning})");
            }

            if (done == times)
            {
                await Table(run, reproduced, times, seconds, cancellation);
            }
        }

        return code;
    }

    private static int CodeOf(ForceTry one) => one.Verdict switch
    {
        ForceVerdict.Reproduced => ExitCode.AsExpected,
        ForceVerdict.NotReproduced => ExitCode.Unexpected,
        _ => ExitCode.BadInput,
    };

    // What the guest's trace and log say of the tries.
    private static async Task<int> Aftermath(ForceRun run, List<ForceTry> tries, CancellationToken cancellation)
    {
        int failed = tries.FindIndex(t => t.Verdict == ForceVerdict.NotReproduced) + 1;
        if (failed > 0)
        {
            Console.Out.WriteLine($"the kernel's events in try {failed}:");
            (await run.Events(failed, cancellation)).ToList().ForEach(Console.Out.WriteLine);
        }

        IReadOnlyList<string> warnings = await run.Warnings(cancellation);
        bool missing = run.HasExpectedWarning(warnings) == false;
        warnings.ToList().ForEach(line => Console.Out.WriteLine($"the kernel's log: {line}"));
        if (missing)
        {
            Console.Out.WriteLine($"not reproduced: the kernel's log has no warning of {run.ExpectedWarning}, where the model has one");
        }

        return missing ? ExitCode.Unexpected : ExitCode.AsExpected;
    }

    private static async Task Table(ForceRun run, int reproduced, int times, int seconds, CancellationToken cancellation)
    {
        Console.Out.WriteLine($"{reproduced} of {times} tries");
        if (seconds == 0)
        {
            return;
        }

        if (run.Predicted.IsHang)
        {
            Console.Out.WriteLine("no table of rates: a hang ends the guest");
            return;
        }

        var rates = new List<StressRate>();
        foreach (bool pinned in new[] { false, true })
        {
            rates.Add(await run.Stress(pinned, seconds, cancellation));
        }

        ForceText.Rates(rates, reproduced, times).ToList().ForEach(Console.Out.WriteLine);
    }
}
