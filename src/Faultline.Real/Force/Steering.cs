using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Real.Agent;
using Faultline.Real.Gdb;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>What happened in one try to force a schedule.</summary>
/// <param name="Problem">Why the kernel did not go through the schedule; null: it did.</param>
/// <param name="Outcome">What the threads ended with.</param>
/// <param name="Passed">Of each turn, the functions that the kernel called of those that the model calls in it.</param>
public sealed record ForcedRun(string? Problem, AgentOutcome Outcome, IReadOnlyList<IReadOnlyList<string>> Passed);

/// <summary>
/// Drives the agent's threads through turns. Each thread is pinned to a virtual CPU of its own. A thread that is held in the kernel is sent to an
/// endless loop in it, so that its CPU still answers other CPUs' interrupts; where it does not take interrupts its schedule cannot be held.
/// </summary>
public sealed partial class Steering : IDisposable
{
    private const ulong Open = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20), Settle = TimeSpan.FromMilliseconds(400);

    private readonly Guest guest;
    private readonly GdbClient debugger;
    private readonly Symbols symbols;
    private readonly ulong arrive, gate, loop;
    private readonly int[] at;
    private readonly Dictionary<int, ulong> held = [];
    private readonly HashSet<ulong> breakpoints = [];

    private Steering(Guest guest, GdbClient debugger, Symbols symbols, (ulong Arrive, ulong Gate, ulong Loop) places, int threads)
    {
        this.guest = guest;
        this.debugger = debugger;
        this.symbols = symbols;
        (arrive, gate, loop) = places;
        at = new int[threads];
    }

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
        ulong loop = await FindLoop(debugger, symbols, cancellation);
        await debugger.Continue(cancellation);
        await guest.Send($"/host/agent force /host/{program} {folder} {rounds}", cancellation);
        string line = await guest.Expect("agent: arrive", TimeSpan.FromSeconds(60), cancellation);
        Match match = Places().Match(line);
        ulong Hex(int group) => ulong.Parse(match.Groups[group].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return new Steering(guest, debugger, symbols, (Hex(1), Hex(2), loop), threads);
    }

    /// <summary>One try.</summary>
    /// <param name="turns">The turns.</param>
    /// <param name="ends">How many instructions each thread has.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<ForcedRun> Run(IReadOnlyList<Turn> turns, IReadOnlyList<int> ends, CancellationToken cancellation)
    {
        Array.Fill(at, -1);
        held.Clear();
        await debugger.Interrupt(cancellation);
        await Break(arrive, cancellation);
        string? problem = null;
        var passed = new List<IReadOnlyList<string>>();
        while (problem is null && at.Any(a => a < 0))
        {
            problem = await Next(cancellation) < 0 ? "the threads did not start" : null;
        }

        for (int i = 0; problem is null && i < turns.Count; i++)
        {
            var seen = new List<string>();
            passed.Add(seen);
            problem = await Take(turns[i], ends[turns[i].Thread], seen, cancellation);
        }

        await LetGo(cancellation);
        string line = await guest.Expect("agent: outcome", Limit, cancellation);
        return new ForcedRun(problem, AgentOutcome.Parse(line), passed);
    }

    /// <inheritdoc/>
    public void Dispose() => debugger.Dispose();

    private async Task<string?> Take(Turn turn, int end, List<string> seen, CancellationToken cancellation)
    {
        int goal = turn.End == TurnEnd.Done ? end : turn.Instruction;
        if (held.Remove(turn.Thread, out ulong address))
        {
            await debugger.Jump(Cpu(turn.Thread), address, cancellation);
            if (breakpoints.Contains(address))
            {
                await StepOver(Cpu(turn.Thread), address, cancellation);
            }
        }

        HashSet<ulong> watched = [.. turn.Calls.Select(symbols.AddressOf)];
        foreach (ulong function in watched)
        {
            await Break(function, cancellation);
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
        foreach (ulong function in watched)
        {
            await Unbreak(function, cancellation);
        }

        return problem;
    }

    private async Task<string?> UntilNextMark(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        for (int before = at[turn.Thread]; at[turn.Thread] == before;)
        {
            int cpu = await Next(cancellation, turn, seen);
            if (cpu < 0)
            {
                return await Stuck(turn, "did not finish an instruction", cancellation);
            }
        }

        return null;
    }

    private async Task<string?> Hold(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        HoldPoint hold = turn.Hold!;
        ulong entry = symbols.AddressOf(hold.Function), returnTo = 0, stack = 0;
        await Break(entry, cancellation);
        await OpenGate(turn.Thread, (ulong)turn.Instruction + 1, cancellation);
        for (int calls = 0; ;)
        {
            int cpu = await Next(cancellation, turn, seen, stayOn: entry);
            if (cpu < 0)
            {
                return await Stuck(turn, $"did not come to {hold}", cancellation);
            }

            if (at[turn.Thread] > turn.Instruction)
            {
                return $"P{turn.Thread} went through its instruction {turn.Instruction + 1} without {hold}";
            }

            CpuRegisters registers = cpu == Cpu(turn.Thread) ? await debugger.Registers(cpu, cancellation) : default;
            if (registers.Rip == returnTo && returnTo != 0 && registers.Rsp > stack)
            {
                await Unbreak(returnTo, cancellation);
                return await Park(turn, registers, cancellation);
            }

            if (registers.Rip != entry || ++calls < hold.Occurrence)
            {
                await PassOver(cpu, registers, cancellation);
                continue;
            }

            if (!hold.AtReturn)
            {
                return await Park(turn, registers, cancellation);
            }

            byte[]? top = await debugger.Read(cpu, registers.Rsp, 8, cancellation);
            (returnTo, stack) = (top is null ? 0 : BitConverter.ToUInt64(top), registers.Rsp);
            await Break(returnTo, cancellation);
            await StepOver(cpu, entry, cancellation);
        }
    }

    private async Task<string?> Park(Turn turn, CpuRegisters registers, CancellationToken cancellation)
    {
        if (!registers.TakesInterrupts)
        {
            return $"P{turn.Thread} takes no interrupts at {symbols.Describe(registers.Rip)}: held there, it would stop the other CPUs";
        }

        held[turn.Thread] = registers.Rip;
        await debugger.Jump(Cpu(turn.Thread), loop, cancellation);
        return null;
    }

    private async Task<string?> CheckWaits(Turn turn, List<string> seen, CancellationToken cancellation)
    {
        await OpenGate(turn.Thread, (ulong)turn.Instruction + 1, cancellation);
        for (; ; )
        {
            await debugger.Continue(cancellation);
            int cpu = await debugger.WaitForStop(Settle, cancellation);
            if (cpu < 0)
            {
                await debugger.Interrupt(cancellation);
                return null;
            }

            await Arrived(cpu, turn, seen, stayOn: 0, cancellation);
            if (at[turn.Thread] > turn.Instruction)
            {
                return $"P{turn.Thread} did not wait in its instruction {turn.Instruction + 1}, as the model does ({turn.ModelAt})";
            }
        }
    }

    // Lets the machine run to the next breakpoint. A thread that comes to a mark is noted and stays there by itself.
    private async Task<int> Next(CancellationToken cancellation, Turn? turn = null, List<string>? seen = null, ulong stayOn = 0)
    {
        await debugger.Continue(cancellation);
        int cpu = await debugger.WaitForStop(Limit, cancellation);
        if (cpu < 0)
        {
            await debugger.Interrupt(cancellation);
            return -1;
        }

        await Arrived(cpu, turn, seen, stayOn, cancellation);
        return cpu;
    }

    private async Task Arrived(int cpu, Turn? turn, List<string>? seen, ulong stayOn, CancellationToken cancellation)
    {
        CpuRegisters registers = await debugger.Registers(cpu, cancellation);
        if (registers.Rip == arrive && registers.Rdi < (ulong)at.Length && Cpu((int)registers.Rdi) == cpu)
        {
            at[registers.Rdi] = (int)registers.Rsi;
            await StepOver(cpu, arrive, cancellation);
        }
        else if (turn is not null && cpu == Cpu(turn.Thread))
        {
            string? name = turn.Calls.FirstOrDefault(c => symbols.AddressOf(c) == registers.Rip);
            seen?.AddRange(name is null ? [] : [name]);
            if (stayOn == 0 && breakpoints.Contains(registers.Rip))
            {
                await StepOver(cpu, registers.Rip, cancellation);
            }
        }
        else if (breakpoints.Contains(registers.Rip))
        {
            await StepOver(cpu, registers.Rip, cancellation);
        }
    }

    // In Hold: what stopped there and is not what is waited for goes on.
    private async Task PassOver(int cpu, CpuRegisters registers, CancellationToken cancellation)
    {
        if (registers.Rip != 0 && breakpoints.Contains(registers.Rip))
        {
            await StepOver(cpu, registers.Rip, cancellation);
        }
    }

    private async Task<string> Stuck(Turn turn, string what, CancellationToken cancellation)
    {
        var places = new List<string>();
        for (int t = 0; t < at.Length; t++)
        {
            CpuRegisters registers = await debugger.Registers(Cpu(t), cancellation);
            places.Add(held.TryGetValue(t, out ulong address) ? $"P{t} is held at {symbols.Describe(address)}" : $"P{t}'s CPU is in {symbols.Describe(registers.Rip)}");
        }

        return $"P{turn.Thread} {what} within {Limit.TotalSeconds:F0} s: {string.Join(", ", places)}";
    }

    private async Task LetGo(CancellationToken cancellation)
    {
        foreach ((int thread, ulong address) in held)
        {
            await debugger.Jump(Cpu(thread), address, cancellation);
        }

        foreach (ulong address in breakpoints.ToList())
        {
            await Unbreak(address, cancellation);
        }

        for (int thread = 0; thread < at.Length; thread++)
        {
            await OpenGate(thread, Open, cancellation);
        }

        await debugger.Continue(cancellation);
    }

    // Any CPU that runs the agent sees its memory; one that has just arrived does.
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

    private async Task StepOver(int cpu, ulong address, CancellationToken cancellation)
    {
        await debugger.Remove(address, cancellation);
        await debugger.Step(cpu, cancellation);
        await debugger.Insert(address, cancellation);
    }

    private async Task Break(ulong address, CancellationToken cancellation)
    {
        if (breakpoints.Add(address))
        {
            await debugger.Insert(address, cancellation);
        }
    }

    private async Task Unbreak(ulong address, CancellationToken cancellation)
    {
        if (breakpoints.Remove(address))
        {
            await debugger.Remove(address, cancellation);
        }
    }

    private static int Cpu(int thread) => thread + 1;

    // "jmp ." somewhere in the kernel's text: the end of a function that never returns has one.
    private static async Task<ulong> FindLoop(GdbClient debugger, Symbols symbols, CancellationToken cancellation)
    {
        const int chunk = 2048, chunks = 4096;
        ulong start = symbols.Has("rewind_stack_and_make_dead") ? symbols.AddressOf("rewind_stack_and_make_dead") : symbols.AddressOf("_stext");
        for (int i = 0; i < chunks; i++)
        {
            ulong from = start + (ulong)(i * chunk);
            byte[] text = await debugger.Read(0, from, chunk, cancellation) ?? [];
            int found = text.AsSpan().IndexOf([(byte)0xEB, (byte)0xFE]);
            if (found >= 0)
            {
                return from + (ulong)found;
            }
        }

        throw new LabException("faultline: found no place in the kernel to hold a thread at");
    }

    [GeneratedRegex("agent: arrive ([0-9a-f]+) gate ([0-9a-f]+)")]
    private static partial Regex Places();
}
