using Faultline.Engine.State;
using Faultline.Kernel.Pmem;

namespace Faultline.Explain.Html;

/// <summary>The state of a cache line in words.</summary>
internal static class CacheLineText
{
    /// <summary>What is not persistent of it; empty when all is.</summary>
    public static string Of(int state)
    {
        List<string> parts = CacheLineState.IsDirty(state) ? ["dirty"] : [];
        parts.AddRange(Enumerable.Range(0, Layout.MaxThreads).Where(cpu => CacheLineState.IsWrittenBackBy(state, cpu)).Select(cpu => $"written back by P{cpu}, not fenced"));
        return string.Join(", ", parts);
    }
}
