using System.Text.RegularExpressions;
using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Programs;
using Faultline.Real.Agent;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>How a try ended.</summary>
/// <param name="Reproduced">The kernel went through the schedule and ended as the model says.</param>
/// <param name="Why">What the kernel did instead; null when reproduced.</param>
/// <param name="Seen">What it ended with.</param>
/// <param name="Warnings">Functions whose WARN or BUG the kernel's log shows.</param>
/// <param name="Passed">Of each turn, the functions that the kernel called of those that the model calls in it.</param>
public sealed record ForceTry(
    bool Reproduced, string? Why, Prediction Seen, IReadOnlyList<string> Warnings, IReadOnlyList<IReadOnlyList<string>> Passed);

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

    private ForceRun(Guest guest, Machine machine, string folder, string? warning, Symbols symbols, Witness witness)
    {
        this.guest = guest;
        this.machine = machine;
        this.folder = folder;
        this.warning = warning;
        this.symbols = symbols;
        Turns = SchedulePlan.Of(witness, machine.Program.Threads.Count, symbols);
        Predicted = Prediction.Of(machine, witness.Schedule);
    }

    /// <summary>The turns that the threads take.</summary>
    public IReadOnlyList<Turn> Turns { get; }

    /// <summary>What the model ends with.</summary>
    public Prediction Predicted { get; }

    /// <summary>Why a witness cannot be forced at all; null when it can be tried.</summary>
    public static string? WhyNot(UserProgram program) =>
        AgentProgram.WhyNot(program)
        ?? (program.Threads.Count < 2 ? "it has one thread: 'faultline lab conform' compares such tests"
        : program.Instructions.Any(i => i.Opcode is Opcode.Clwb or Opcode.Sfence) ? "it flushes cache lines, which no kernel function marks" : null);

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
        return new ForceRun(guest, machine, folder, warning, symbols, ToTheEnd(machine, witness));
    }

    /// <summary>Tries it several times.</summary>
    public async IAsyncEnumerable<ForceTry> Try(
        int tries, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        int[] ends = [.. machine.Program.Threads.Select(t => t.Code.Count)];
        await guest.Demand($"cd {Tracing}; echo 1 > events/fs_dax/enable; echo 1 > events/exceptions/page_fault_user/enable; echo > trace; cd /", Limit, cancellation);
        await guest.Demand("dmesg -c > /dev/null; echo 1 > /sys/kernel/debug/clear_warn_once", Limit, cancellation);
        using Steering steering = await Steering.Start(guest, ProgramName, folder, ends.Length, tries, symbols, cancellation);
        for (int i = 0; i < tries; i++)
        {
            ForcedRun run = await steering.Run(Turns, ends, false, cancellation);
            Prediction seen = Predicted.Seen(machine, run.Outcome!);
            string[] differ = [.. Predicted.Differences(seen)];
            string? why = run.Problem ?? (differ.Length > 0 ? string.Join("; ", differ) : null);
            yield return new ForceTry(why is null, why, seen, [], run.Passed);
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

    /// <summary>What the kernel's log says of the tries: the functions whose WARN or BUG fired.</summary>
    public async Task<IReadOnlyList<string>> Warnings(CancellationToken cancellation)
    {
        string log = await guest.Demand("dmesg", Limit, cancellation);
        return [.. Warning().Matches(log).Select(m => m.Groups[1].Value).Distinct()];
    }

    /// <summary>The warning that the witness ends with, if the log shows it; null when it ends otherwise.</summary>
    public bool? HasExpectedWarning(IReadOnlyList<string> warnings) => warning is null ? null : warnings.Contains(warning);

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

    // A witness ends where something goes wrong; from there the threads go on one after another.
    private static Witness ToTheEnd(Machine machine, Witness witness)
    {
        const int more = 100_000;
        List<Move> moves = [.. witness.Schedule.Moves];
        using var execution = new Execution(machine);
        execution.Initialise();
        moves.ForEach(m => execution.Run(m.Thread, m.Choice));
        int last = moves[^1].Thread, threads = machine.Program.Threads.Count;
        for (int i = 0; i < more && Runnable(execution, last, threads) is { } next; i++)
        {
            execution.Run(next, 0);
            moves.Add(new Move(next, 0));
            last = next;
        }

        return moves.Count == witness.Schedule.Moves.Count ? witness : Replay.Run(machine, new Schedule(moves));
    }

    private static unsafe int? Runnable(Execution execution, int last, int threads)
    {
        int thread = Enumerable.Range(0, threads).Prepend(last).FirstOrDefault(t => execution.Enabled(execution.Vector, t) > 0, -1);
        return thread < 0 ? null : thread;
    }

    [GeneratedRegex(@"(?:WARNING: .* at |kernel BUG at |BUG: .* )\S*[ ]?([a-z_0-9]+)\+0x")]
    private static partial Regex Warning();

    [GeneratedRegex(@"agent: times (\d+) (.*)")]
    private static partial Regex Times();
}
