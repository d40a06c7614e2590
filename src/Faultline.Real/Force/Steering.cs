using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Real.Agent;
using Faultline.Real.Gdb;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>What happened in one try to force a schedule.</summary>
/// <param name="Problem">Why the kernel did not go through the schedule; null: it did.</param>
/// <param name="CannotHold">The problem is that a thread must not be held there.</param>
/// <param name="Outcome">What the threads ended with; null: they did not end.</param>
/// <param name="Passed">Of each turn that was taken, the functions that the kernel called of those that the model calls in it.</param>
public sealed record ForcedRun(string? Problem, bool CannotHold, AgentOutcome? Outcome, IReadOnlyList<IReadOnlyList<string>> Passed);

/// <summary>Drives the agent's threads through turns. Each thread is pinned to a virtual CPU of its own; the first CPU is the agent's.</summary>
public sealed partial class Steering : IDisposable
{
    private const ulong Open = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Settle = TimeSpan.FromMilliseconds(400);

    private readonly Guest guest;
    private readonly GdbClient debugger;
    private readonly Breakpoints breakpoints;
    private readonly Parking parking;
    private readonly Symbols symbols;
    private readonly ulong arrive, gate;
    private readonly string program;
    private readonly int[] at;
    private int round;
    private bool cannotHold;

    private Steering(
        Guest guest, (GdbClient Debugger, Breakpoints Breakpoints, Parking Parking) tools, Symbols symbols, (ulong Arrive, ulong Gate) places, string program, int threads)
    {
        this.guest = guest;
        (debugger, breakpoints, parking) = tools;
        this.symbols = symbols;
        (arrive, gate) = places;
        this.program = program;
        at = new int[threads];
    }

    // A stopped CPU; at a mark the thread's place is noted, and it goes on to wait at its gate by itself.
    private readonly record struct Stop(int Cpu, ulong Rip, ulong Rsp, bool TakesInterrupts, bool AtMark);

    /// <summary>Starts the agent on a program and takes over its threads.</summary>
    /// <param name="guest">The guest, booted with a debugger and a CPU more than threads.</param>
    /// <param name="program">The program, in the guest's shared folder.</param>
    /// <param name="folder">The folder in the guest for its files.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="rounds">How many tries.</param>
    /// <param name="symbols">The kernel's functions.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<Steering> Start(
        Guest guest, string program, string folder, int threads, int rounds, Symbols symbols, CancellationToken cancellation)
    {
        GdbClient debugger = await GdbClient.Connect(guest.DebuggerSocket, cancellation);
        var breakpoints = new Breakpoints(debugger);
        Parking parking = await Parking.Find(debugger, breakpoints, symbols, cancellation);
        await debugger.Continue(cancellation);
        await guest.Send($"/host/agent force /host/{program} {folder} {rounds}", cancellation);
        string line = await guest.Expect("agent: arrive", TimeSpan.FromSeconds(60), cancellation);
        Match match = Places().Match(line);
        ulong Hex(int group) => ulong.Parse(match.Groups[group].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new Steering(guest, (debugger, breakpoints, parking), symbols, (Hex(1), Hex(2)), program, threads);
    }

    /// <summary>One try.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="ends">How many instructions each thread has.</param>
    /// <param name="hangs">The threads are expected not to end.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ForcedRun> Run(IReadOnlyList<Turn> turns, IReadOnlyList<int> ends, bool hangs, CancellationToken cancellation)
    {
        Array.Fill(at, -1);
        cannotHold = false;
        await debugger.Interrupt(cancellation);
        await breakpoints.Set(arrive, cancellation);
        await File.WriteAllTextAsync(Path.Combine(guest.Share, $"{program}.go-{++round}"), "", cancellation);
        string? problem = null;
        var passed = new List<IReadOnlyList<string>>();
        while (problem is null && at.Any(a => a < 0))
        {
            problem = await Next(Limit, cancellation) is null ? $"the threads did not start within {Limit.TotalSeconds:F0} s" : null;
        }

        for (int i = 0; problem is null && i < turns.Count; i++)
        {
            var seen = new List<string>();
            passed.Add(seen);
            problem = await Take(turns[i], ends[turns[i].Thread], seen, cancellation) is { } why ? $"in turn {i + 1} {why}" : null;
        }

        await LetGo(cancellation);
        return new ForcedRun(problem, cannotHold, await End(hangs && problem is null, cancellation), passed);
    }

    /// <inheritdoc/>
    public void Dispose() => debugger.Dispose();

    private async Task<AgentOutcome?> End(bool mayHang, CancellationToken cancellation)
    {
        try
        {
            return AgentOutcome.Parse(await guest.Expect("agent: outcome", Limit, cancellation));
        }
        catch (LabException) when (mayHang)
        {
            await debugger.Interrupt(cancellation); // a guest that is gone does not answer
            return null;
        }
    }

    private async Task<string?> Take(Turn turn, int end, List<string> seen, CancellationToken cancellation)
    {
        if (turn.End == TurnEnd.Stays)
        {
            return null;
        }

        int goal = turn.End == TurnEnd.Done ? end : turn.Instruction;
        await parking.Release(Cpu(turn.Thread), cancellation);
        HashSet<ulong> watched = [.. turn.Calls.Select(symbols.AddressOf)];
        foreach (ulong function in watched)
        {
            await breakpoints.Set(function, cancellation);
        }

        string? problem = null;
        while (problem is null && at[turn.Thread] < goal)
        {
            await OpenGate(turn.Thread, (ulong)at[turn.Thread] + 1, cancellation);
            problem = await UntilNextMark(turn, seen, cancellation);
        }

        problem ??= turn.End switch
        {
            TurnEnd.Held => await Hold(turn, seen, cancellation),
            TurnEnd.Waits => await CheckWaits(turn, seen, cancellation),
            _ => null,
        };
        if (turn.Hold is { } hold)
        {
            watched.Add(symbols.AddressOf(hold.Function) + hold.Offset);
        }

        foreach (ulong function in watched)
        {
            await breakpoints.Clear(function, cancellation);
        }

        return problem;
    }

    private async Task<string?> UntilNextMark(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        for (int before = at[turn.Thread]; at[turn.Thread] == before;)
        {
            if (await Next(Limit, cancellation) is not { } stop)
            {
                return await Stuck(turn, $"did not finish its instruction {before + 1}", cancellation);
            }

            await PassOver(stop, turn, seen, cancellation);
        }

        return null;
    }

    private async Task<string?> Hold(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        HoldPoint hold = turn.Hold!;
        ulong entry = symbols.AddressOf(hold.Function) + hold.Offset, returnTo = 0, stack = 0;
        await breakpoints.Set(entry, cancellation);
        await OpenGate(turn.Thread, (ulong)turn.Instruction + 1, cancellation);
        for (int calls = 0; ;)
        {
            if (await Next(Limit, cancellation) is not { } stop)
            {
                return await Stuck(turn, $"did not come to {hold}", cancellation);
            }

            if (at[turn.Thread] > turn.Instruction)
            {
                return $"P{turn.Thread} went through its instruction {turn.Instruction + 1} without {hold}";
            }

            bool its = stop.Cpu == Cpu(turn.Thread) && !stop.AtMark;
            if (its && returnTo != 0 && stop.Rip == returnTo && stop.Rsp > stack)
            {
                await breakpoints.Clear(returnTo, cancellation);
                return await Park(turn, stop, cancellation);
            }

            if (its && stop.Rip == entry && ++calls == hold.Occurrence)
            {
                if (!hold.AtReturn)
                {
                    Note(stop, turn, seen);
                    return await Park(turn, stop, cancellation);
                }

                byte[]? top = await debugger.Read(stop.Cpu, stop.Rsp, 8, cancellation);
                (returnTo, stack) = (top is null ? 0 : BitConverter.ToUInt64(top), stop.Rsp);
                await breakpoints.Set(returnTo, cancellation);
            }

            await PassOver(stop, turn, seen, cancellation);
        }
    }

    private async Task<string?> Park(Turn turn, Stop stop, CancellationToken cancellation)
    {
        if (!stop.TakesInterrupts)
        {
            cannotHold = true;
            return $"P{turn.Thread} takes no interrupts at {symbols.Describe(stop.Rip)}: held there, it would stop the other CPUs";
        }

        await parking.Hold(stop.Cpu, stop.Rip, cancellation);
        return null;
    }

    private async Task<string?> CheckWaits(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        await OpenGate(turn.Thread, (ulong)turn.Instruction + 1, cancellation);
        while (await Next(Settle, cancellation) is { } stop)
        {
            await PassOver(stop, turn, seen, cancellation);
            if (at[turn.Thread] > turn.Instruction)
            {
                return $"P{turn.Thread} did not wait in its instruction {turn.Instruction + 1}, as the model does ({turn.ModelAt})";
            }
        }

        return null;
    }

    // Lets the machine run to the next breakpoint; null: none came in time, and it stands still.
    private async Task<Stop?> Next(TimeSpan limit, CancellationToken cancellation)
    {
        await debugger.Continue(cancellation);
        int cpu = await debugger.WaitForStop(limit, cancellation);
        if (cpu < 0)
        {
            await debugger.Interrupt(cancellation);
            return null;
        }

        CpuRegisters registers = await debugger.Registers(cpu, cancellation);
        bool atMark = registers.Rip == arrive && registers.Rdi < (ulong)at.Length && Cpu((int)registers.Rdi) == cpu;
        if (atMark)
        {
            at[registers.Rdi] = (int)registers.Rsi;
            await breakpoints.StepOver(cpu, arrive, cancellation);
        }

        return new Stop(cpu, registers.Rip, registers.Rsp, registers.TakesInterrupts, atMark);
    }

    private async Task PassOver(Stop stop, Turn turn, List<string> seen, CancellationToken cancellation)
    {
        if (!stop.AtMark)
        {
            Note(stop, turn, seen);
            await breakpoints.StepOver(stop.Cpu, stop.Rip, cancellation);
        }
    }

    private void Note(Stop stop, Turn turn, List<string> seen)
    {
        string? name = stop.Cpu != Cpu(turn.Thread) ? null : turn.Calls.FirstOrDefault(c => symbols.AddressOf(c) == stop.Rip);
        seen.AddRange(name is null ? [] : [name]);
    }

    private async Task<string> Stuck(Turn turn, string what, CancellationToken cancellation)
    {
        var places = new List<string>();
        for (int t = 0; t < at.Length; t++)
        {
            CpuRegisters registers = await debugger.Registers(Cpu(t), cancellation);
            places.Add(parking.At(Cpu(t)) is { } address ? $"P{t} is held at {symbols.Describe(address)}" : $"P{t}'s CPU is in {symbols.Describe(registers.Rip)}");
        }

        return $"P{turn.Thread} {what} within {Limit.TotalSeconds:F0} s: {string.Join(", ", places)}";
    }

    private async Task LetGo(CancellationToken cancellation)
    {
        await breakpoints.ClearAll(cancellation);
        await parking.ReleaseAll(cancellation);
        for (int thread = 0; thread < at.Length; thread++)
        {
            await OpenGate(thread, Open, cancellation);
        }

        await debugger.Continue(cancellation);
    }

    // Any CPU that runs the agent sees its memory: one whose thread spins at its gate, or is held in the kernel.
    private async Task OpenGate(int thread, ulong value, CancellationToken cancellation)
    {
        for (int t = 0; t < at.Length; t++)
        {
            if (await debugger.Read(Cpu(t), gate, 8, cancellation) is not null)
            {
                await debugger.Write(Cpu(t), gate + (8 * (ulong)thread), value, cancellation);
                return;
            }
        }

        throw new LabException("faultline: no CPU of the guest runs the test");
    }

    private static int Cpu(int thread) => thread + 1;

    [GeneratedRegex("agent: arrive ([0-9a-f]+) gate ([0-9a-f]+)")]
    private static partial Regex Places();
}
