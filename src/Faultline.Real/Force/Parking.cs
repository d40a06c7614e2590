using Faultline.Real.Gdb;
using Faultline.Real.Lab;

namespace Faultline.Real.Force;

/// <summary>
/// Holds threads in the kernel. A held thread's CPU executes an endless loop there, so that it still takes the interrupts by which other CPUs ask it
/// to flush its TLB; a CPU that just stands still would stop them, too.
/// </summary>
internal sealed class Parking
{
    private const int Attempts = 400;
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(2);

    private readonly GdbClient debugger;
    private readonly Breakpoints breakpoints;
    private readonly ulong loop;
    private readonly Dictionary<int, ulong> held = [];

    private Parking(GdbClient debugger, Breakpoints breakpoints, ulong loop)
    {
        this.debugger = debugger;
        this.breakpoints = breakpoints;
        this.loop = loop;
    }

    /// <summary>Finds a loop in the kernel's text: <c>jmp .</c>, as behind the end of a function that never returns.</summary>
    /// <exception cref="LabException">There is none.</exception>
    public static async Task<Parking> Find(GdbClient debugger, Breakpoints breakpoints, Symbols symbols, CancellationToken cancellation)
    {
        const int chunk = 2048, chunks = 4096;
        ulong start = symbols.AddressOf(symbols.Has("rewind_stack_and_make_dead") ? "rewind_stack_and_make_dead" : "_stext");
        for (int i = 0; i < chunks; i++)
        {
            ulong from = start + (ulong)(i * chunk);
            byte[] text = await debugger.Read(0, from, chunk, cancellation) ?? [];
            int found = text.AsSpan().IndexOf([(byte)0xEB, (byte)0xFE]);
            if (found >= 0)
            {
                return new Parking(debugger, breakpoints, from + (ulong)found);
            }
        }

        throw new LabException("faultline: found no place in the kernel to hold a thread at");
    }

    /// <summary>Where a CPU is held; null: it is not.</summary>
    public ulong? At(int cpu) => held.TryGetValue(cpu, out ulong address) ? address : null;

    /// <summary>Holds a CPU where it stands. It must take interrupts there.</summary>
    public async Task Hold(int cpu, ulong address, CancellationToken cancellation)
    {
        held[cpu] = address;
        await debugger.Jump(cpu, loop, cancellation);
    }

    /// <summary>Sends a held CPU back to where it was held, once it is through with the interrupt that it may be in.</summary>
    /// <exception cref="LabException">It does not come back from it.</exception>
    public async Task Release(int cpu, CancellationToken cancellation)
    {
        if (!held.Remove(cpu, out ulong address))
        {
            return;
        }

        for (int i = 0; (await debugger.Registers(cpu, cancellation)).Rip != loop; i++)
        {
            if (i == Attempts)
            {
                throw new LabException($"faultline: the guest's CPU {cpu} does not return to where it is held");
            }

            await debugger.Continue(cancellation);
            if (await debugger.WaitForStop(Slice, cancellation) < 0)
            {
                await debugger.Interrupt(cancellation);
            }
        }

        await debugger.Jump(cpu, address, cancellation);
        await breakpoints.StepOver(cpu, address, cancellation);
    }

    /// <summary>Sends all back.</summary>
    public async Task ReleaseAll(CancellationToken cancellation)
    {
        foreach (int cpu in held.Keys.ToList())
        {
            await Release(cpu, cancellation);
        }
    }
}
