using Faultline.Kernel.Values;

namespace Faultline.Explain.Traces;

/// <summary>Flags as fs_dax events print them (include/trace/events/fs_dax.h, include/linux/mm_types.h).</summary>
public static class TraceWords
{
    private const string Always = "ALLOW_RETRY|KILLABLE|USER";

    private static readonly (VmFault Bit, string Name)[] Results =
    [
        (VmFault.Oom, "OOM"), (VmFault.Sigbus, "SIGBUS"), (VmFault.Major, "MAJOR"), (VmFault.Write, "WRITE"), (VmFault.Sigsegv, "SIGSEGV"),
        (VmFault.NoPage, "NOPAGE"), (VmFault.Retry, "RETRY"), (VmFault.Fallback, "FALLBACK"), (VmFault.DoneCow, "DONE_COW"),
        (VmFault.NeedDSync, "NEEDDSYNC"),
    ];

    /// <summary>What a fault handler returned; empty for 0.</summary>
    public static string Of(VmFault result) => string.Join('|', Results.Where(r => (result & r.Bit) != 0).Select(r => r.Name));

    /// <summary>A fault's flags, with those that every fault of user mode has.</summary>
    public static string Of(FaultFlags flags) => string.Join('|', Modelled(flags).Take((flags & FaultFlags.Write) != 0 ? 2 : 0)
        .Append(Always).Concat((flags & FaultFlags.VmaLock) != 0 ? ["VMA_LOCK"] : []));

    /// <summary>The modelled ones of a fault's flags; empty for a load under mmap_lock.</summary>
    public static string Named(FaultFlags flags) => string.Join('|', Modelled(flags).Concat((flags & FaultFlags.VmaLock) != 0 ? ["VMA_LOCK"] : []));

    private static IEnumerable<string> Modelled(FaultFlags flags)
    {
        if ((flags & FaultFlags.Write) != 0)
        {
            yield return "WRITE";
        }

        if ((flags & FaultFlags.MkWrite) != 0)
        {
            yield return "MKWRITE";
        }
    }
}
