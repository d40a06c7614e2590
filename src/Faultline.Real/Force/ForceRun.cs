using System.Text.RegularExpressions;
using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Programs;
using Faultline.Litmus.Checking;
using Faultline.Real.Agent;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>How a try can end.</summary>
public enum ForceVerdict
{
    /// <summary>The kernel went through the schedule and ended as the model says.</summary>
    Reproduced,

    /// <summary>It did something else.</summary>
    NotReproduced,

    /// <summary>A thread cannot be held where the schedule wants it.</summary>
    CannotForce,
}

/// <summary>How a try ended.</summary>
/// <param name="Verdict">How.</param>
/// <param name="Text">What it ended with; what the kernel did instead; why it cannot be.</param>
public sealed record ForceTry(ForceVerdict Verdict, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Verdict switch
    {
        ForceVerdict.Reproduced => $"reproduced: {Text}",
        ForceVerdict.NotReproduced => $"not reproduced: {Text}",
        _ => $"cannot force: {Text}",
    };
}

/// <summary>Rates of an outcome under stress.</summary>
/// <param name="Way">How the threads were released.</param>
/// <param name="Hits">Rounds that ended as predicted.</param>
/// <param name="Rounds">All rounds.</param>
/// <param name="Seconds">For how long.</param>
public sealed record StressRate(string Way, long Hits, long Rounds, double Seconds);

/// <summary>A witness, prepared to be forced on a guest's kernel.</summary>
public sealed partial class ForceRun
{
    private const string Tracing = "/sys/kernel/tracing";
    private const string ProgramName = "force-test";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Guest guest;
    private readonly Machine machine;
    private readonly string folder;
    private readonly string? warning;
    private readonly Symbols symbols;

    private ForceRun(Guest guest, Machine machine, string folder, string? warning, Symbols symbols, EndedWitness ended, OutcomeSet? reference)
    {
        this.guest = guest;
        this.machine = machine;
        this.folder = folder;
        this.warning = warning;
        this.symbols = symbols;
        Turns = SchedulePlan.Of(ended.Witness, machine.Program.Threads.Count, symbols);
        Predicted = ended.Hangs ? Prediction.Hang : Prediction.Of(machine, ended.Witness.Schedule);
        NeedsNoRace = Predicted.NeedsNoRace(machine.Program, reference);
    }

    /// <summary>The turns that the threads take.</summary>
    public IReadOnlyList<Turn> Turns { get; private set; }

    /// <summary>What the model ends with.</summary>
    public Prediction Predicted { get; }

    /// <summary>The end that is predicted can come without the threads meeting, so that only hold points between the right steps show it.</summary>
    public bool NeedsNoRace { get; }

    /// <summary>Why a test cannot be forced at all; null when it can be tried.</summary>
    public static string? WhyNot(UserProgram program) =>
        program.Instructions.Any(i => i.Opcode == Opcode.Crash) ? "it ends with a power failure, and QEMU's memory loses nothing"
        : program.Instructions.Any(i => i.Opcode is Opcode.Clwb or Opcode.Sfence) ? "it flushes cache lines, and QEMU has no cache"
        : AgentProgram.WhyNot(program)
        ?? (program.Threads.Count < 2 ? "it has one thread, so there is no schedule; 'faultline lab conform' holds such tests against a kernel" : null);

    /// <summary>Mounts the filesystem and makes the plan.</summary>
    /// <param name="guest">The guest, booted with a debugger and a CPU more than the program has threads.</param>
    /// <param name="filesystem"><c>ext4</c> or <c>xfs</c>.</param>
    /// <param name="machine">The machine that the witness is of.</param>
    /// <param name="witness">The witness.</param>
    /// <param name="warning">The function whose WARN the witness ends with; null: another end.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<ForceRun> Prepare(
        Guest guest, string filesystem, Machine machine, Witness witness, string? warning, CancellationToken cancellation)
    {
        await AgentBinary.Put(guest.Share, cancellation);
        await File.WriteAllTextAsync(Path.Combine(guest.Share, ProgramName), AgentProgram.Write(machine.Program), cancellation);
        bool reflink = machine.Program.Instructions.Any(i => i.Opcode == Opcode.Reflink);
        string folder = await guest.Mount(filesystem, reflink, cancellation);
        await guest.Demand("cat /proc/kallsyms > /host/kallsyms", Limit, cancellation);
        var symbols = new Symbols(await File.ReadAllTextAsync(Path.Combine(guest.Share, "kallsyms"), cancellation));
        OutcomeSet? reference = Checker.ReferenceOf(machine.Program, new CheckOptions(new SearchLimits(Cancellation: cancellation))).Value;
        EndedWitness ended = EndedWitness.Of(machine, witness);
        return new ForceRun(guest, machine, folder, warning, symbols, ended, reference);
    }

    /// <summary>Holds a thread elsewhere than the plan says.</summary>
    /// <param name="hold">Which turn, and where.</param>
    /// <exception cref="LabException">There is no such turn, or the kernel has no such function.</exception>
    public void Move(ChosenHold hold) => Turns = hold.In(Turns, symbols);

    /// <summary>Tries it several times; once when the threads hang, for no other try can follow in that guest.</summary>
    /// <param name="tries">How often.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">The guest is gone: with the end of its log.</exception>
    public async IAsyncEnumerable<ForceTry> Try(
        int tries, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        int[] ends = [.. machine.Program.Threads.Select(t => t.Code.Count)];
        await guest.Demand($"cd {Tracing}; echo 1 > events/fs_dax/enable; echo 1 > events/exceptions/page_fault_user/enable; echo > trace; cd /", Limit, cancellation);
        await guest.Demand("dmesg -c > /dev/null; echo 1 > /sys/kernel/debug/clear_warn_once", Limit, cancellation);
        using Steering steering = await Steering.Start(guest, ProgramName, folder, ends.Length, tries, symbols, cancellation);
        for (int i = 0; i < tries; i++)
        {
            ForcedRun run = await Steered(steering, ends, cancellation);
            yield return Judge(run);
            if (run.Outcome is null)
            {
                yield break;
            }
        }

        await guest.Finish(Limit, cancellation);
    }

    /// <summary>The kernel's fs_dax events and page faults in a try, from 1, as ftrace writes them.</summary>
    public async Task<IReadOnlyList<string>> Events(int number, CancellationToken cancellation)
    {
        string[] lines = (await guest.Demand($"cat {Tracing}/trace", Limit, cancellation)).Split('\n');
        return [.. lines
            .SkipWhile(l => !l.EndsWith($"tracing_mark_write: try {number}", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(l => !l.Contains(": tracing_mark_write: try ", StringComparison.Ordinal))
            .Where(l => l.Contains("agent-", StringComparison.Ordinal))];
    }

    /// <summary>The function whose WARN or BUG the witness ends with; null: it ends otherwise.</summary>
    public string? ExpectedWarning => warning;

    /// <summary>The lines of the kernel's log that begin a warning, without their times.</summary>
    public async Task<IReadOnlyList<string>> Warnings(CancellationToken cancellation)
    {
        string log = await guest.Demand("dmesg", Limit, cancellation);
        return [.. Warning().Matches(log).Select(m => m.Value).Distinct()];
    }

    /// <summary>
    /// Whether the log shows the warning that the witness ends with; null when it ends otherwise. Where the compiler has put that function into
    /// others, any warning counts.
    /// </summary>
    public bool? HasExpectedWarning(IReadOnlyList<string> warnings) =>
        warning is null ? null : warnings.Any(w => w.Contains(warning, StringComparison.Ordinal) || !symbols.Has(warning));

    /// <summary>How often the same end comes by stress.</summary>
    /// <param name="pinned">Threads on CPUs of their own, and those on the host's; else wherever the schedulers put them.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<StressRate> Stress(bool pinned, int seconds, CancellationToken cancellation)
    {
        if (pinned)
        {
            IReadOnlyList<int> threads = guest.CpuThreads();
            for (int cpu = 0; cpu < threads.Count; cpu++)
            {
                await Tool.Run("taskset", ["-cp", $"{cpu % Environment.ProcessorCount}", $"{threads[cpu]}"], cancellation);
            }
        }

        await guest.Send($"/host/agent stress /host/{ProgramName} {folder} {seconds} {(pinned ? 1 : 0)}", cancellation);
        ToolResult result = await guest.Finish(TimeSpan.FromSeconds(seconds) + Limit, cancellation);
        long hits = 0, rounds = 0;
        foreach (Match m in Times().Matches(result.Output))
        {
            long times = long.Parse(m.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            rounds += times;
            hits += Predicted.Differences(Predicted.Seen(machine, AgentOutcome.Parse(m.Groups[2].Value))).Any() ? 0 : times;
        }

        return new StressRate(pinned ? "pinned stress" : "plain stress", hits, rounds, seconds);
    }

    private async Task<ForcedRun> Steered(Steering steering, int[] ends, CancellationToken cancellation)
    {
        try
        {
            return await steering.Run(Turns, ends, Predicted.IsHang, cancellation);
        }
        catch (LabException e) when (guest.Console.Contains("Kernel panic", StringComparison.Ordinal) || guest.Console.Contains("Oops", StringComparison.Ordinal))
        {
            throw guest.Gone($"broke while its threads were steered ({e.Message.Split('\n')[0].Replace("faultline: ", "", StringComparison.Ordinal)})");
        }
    }

    private ForceTry Judge(ForcedRun run)
    {
        if (run.Problem is { } problem)
        {
            string[] missing = run.Passed.Count == 0 ? [] : [.. Turns[run.Passed.Count - 1].Calls.Distinct().Except(run.Passed[^1])];
            return run.CannotHold
                ? new ForceTry(ForceVerdict.CannotForce, problem)
                : new ForceTry(ForceVerdict.NotReproduced, problem + (missing.Length == 0 ? "" : $"; of what the model calls in that turn, it did not enter {string.Join(", ", missing)}"));
        }

        if (run.Outcome is not { } outcome)
        {
            return new ForceTry(ForceVerdict.Reproduced, "the threads hang, as the model says");
        }

        Prediction seen = Predicted.Seen(machine, outcome);
        string[] differ = [.. outcome.Errors, .. Predicted.IsHang ? ["the threads came to their ends where the model says that they hang"] : Predicted.Differences(seen)];
        int vague = NeedsNoRace ? Turns.ToList().FindIndex(t => t.IsVague) : -1;
        return differ.Length > 0 ? new ForceTry(ForceVerdict.NotReproduced, string.Join("; ", differ))
            : vague < 0 ? new ForceTry(ForceVerdict.Reproduced, $"{seen}")
            : new ForceTry(
                ForceVerdict.CannotForce,
                $"it ended as the model says ({seen}), but that needs no race, and turn {vague + 1} is not held between the right steps; '--hold {vague + 1}:FUNCTION+0xN' holds it finer");
    }

    [GeneratedRegex(@"(?:WARNING: |kernel BUG at |BUG: |Oops: ).*")]
    private static partial Regex Warning();

    [GeneratedRegex(@"agent: times (\d+) (.*)")]
    private static partial Regex Times();
}
