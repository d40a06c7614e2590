using Faultline.Real.Gdb;

namespace Faultline.Real.Force;

/// <summary>The breakpoints that are set.</summary>
/// <param name="debugger">The debugger that sets them.</param>
internal sealed class Breakpoints(GdbClient debugger)
{
    private readonly HashSet<ulong> set = [];

    /// <summary>Sets one, if it is not there yet.</summary>
    public async Task Set(ulong address, CancellationToken cancellation)
    {
        if (set.Add(address))
        {
            await debugger.Insert(address, cancellation);
        }
    }

    /// <summary>Takes one away, if it is there.</summary>
    public async Task Clear(ulong address, CancellationToken cancellation)
    {
        if (set.Remove(address))
        {
            await debugger.Remove(address, cancellation);
        }
    }

    /// <summary>Takes all away.</summary>
    public async Task ClearAll(CancellationToken cancellation)
    {
        foreach (ulong address in set.ToList())
        {
            await Clear(address, cancellation);
        }
    }

    /// <summary>Lets a CPU that stands on a breakpoint execute the instruction there; elsewhere nothing happens.</summary>
    public async Task StepOver(int cpu, ulong address, CancellationToken cancellation)
    {
        if (set.Contains(address))
        {
            await debugger.Remove(address, cancellation);
            await debugger.Step(cpu, cancellation);
            await debugger.Insert(address, cancellation);
        }
    }
}
