using System.Diagnostics;
using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Costing;

/// <summary>What one run of a test of one thread costs on one kernel.</summary>
/// <param name="Kernel">Kernel version.</param>
/// <param name="Filesystem">Filesystem.</param>
/// <param name="Counters">The costs.</param>
/// <param name="Elapsed">Wall time of the run on the model.</param>
/// <param name="Satisfied">Does the condition's proposition hold at the end?</param>
/// <param name="Violations">What went wrong on the way.</param>
public sealed record CostResult(
    KernelVersion Kernel,
    FilesystemKind Filesystem,
    CostCounters Counters,
    TimeSpan Elapsed,
    bool Satisfied,
    IReadOnlyList<Violation> Violations)
{
    /// <summary>Modelled faults per second of wall time.</summary>
    public double FaultsPerSecond => Counters.Faults / Math.Max(Elapsed.TotalSeconds, 1e-9);
}

/// <summary>Runs a test of one thread once, at any size, and counts.</summary>
public static class CostRun
{
    /// <summary>Bytes of a page at real geometry.</summary>
    public const int PageBytes = 4096;

    /// <summary>Runs.</summary>
    public static CostResult Run(LitmusTest test, UserProgram program, KernelVersion kernel, FilesystemKind filesystem)
    {
        var counters = new CostCounters();
        var observe = new Observations(0, test.Observables.OfType<FaultCount>().Any());
        var machine = new Machine(program, kernel, filesystem, observe) { Costs = counters };
        bool satisfied = false;
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<Violation> violations = SingleRun.Run(
            machine, _ => satisfied = Condition.Evaluate(test.Condition, new MachineOutcome(machine, hang: false)));
        return new CostResult(kernel, filesystem, counters, Stopwatch.GetElapsedTime(started), satisfied, violations);
    }
}
