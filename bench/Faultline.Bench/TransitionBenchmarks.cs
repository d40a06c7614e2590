using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Tests;

namespace Faultline.Bench;

/// <summary>
/// What one transition costs, alone (copy a state, take a step, fingerprint the result) and as part of a search (the visited set and
/// the stack too). All numbers are per transition; a search allocates a constant, which is less than a byte of each.
/// </summary>
[MemoryDiagnoser]
#pragma warning disable CA1001 // the cleanup disposes of it
public unsafe class TransitionBenchmarks
#pragma warning restore CA1001
{
    private const int Rounds = 10;
    private const int Steps = 2 * Rounds * 3;
    private const int SearchRounds = 4;
    private const int SearchTransitions = 110_595; // of three threads with that many rounds

    private readonly Execution execution = new(new ThreeCounters(3, Rounds));
    private byte* initial;
    private byte* from;
    private byte* to;

    /// <summary>Runs the benchmarks in this process: no generated project, no second build.</summary>
    internal static int Run(string[] args)
    {
        IConfig config = DefaultConfig.Instance.AddJob(
            Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(12));
        BenchmarkRunner.Run<TransitionBenchmarks>(config, args);
        return 0;
    }

    [GlobalSetup]
    public void Setup()
    {
        nuint capacity = (nuint)execution.Shape.Capacity;
        initial = (byte*)NativeMemory.AlignedAlloc(capacity, 64);
        from = (byte*)NativeMemory.AlignedAlloc(capacity, 64);
        to = (byte*)NativeMemory.AlignedAlloc(capacity, 64);
        execution.Initialise(initial);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        NativeMemory.AlignedFree(initial);
        NativeMemory.AlignedFree(from);
        NativeMemory.AlignedFree(to);
        execution.Dispose();
    }

    /// <summary>One path through the model, the threads taking turns: as a search takes its steps, without the visited set.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public ulong Transition()
    {
        ulong last = 0;
        execution.Shape.Copy(initial, from);
        for (int step = 0; step < Steps; step++)
        {
            execution.Shape.Copy(from, to);
            execution.Attach(to);
            execution.Run(step % 3, 0);
            last ^= execution.Shape.Fingerprint(to);
            byte* reached = to;
            to = from;
            from = reached;
        }

        return last;
    }

    /// <summary>A whole search, from making the context to freeing the visited set.</summary>
    [Benchmark(OperationsPerInvoke = SearchTransitions)]
    public long TransitionOfASearch()
    {
        long transitions = ExhaustiveSearch.Run(new ThreeCounters(3, SearchRounds)).Transitions;
        return transitions == SearchTransitions ? transitions : throw new InvalidOperationException($"{transitions} transitions");
    }
}
