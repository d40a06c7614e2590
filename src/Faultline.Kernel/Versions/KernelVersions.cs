namespace Faultline.Kernel.Versions;

/// <summary>The versions that are modelled, oldest first; each says how it differs from the one before.</summary>
public static class KernelVersions
{
    private static readonly KernelVersion V412 = new("v4.12");

    private static readonly KernelVersion MkwriteV3 = V412 with
    {
        Name = "v4.12+mkwrite-v3",
        HoleBacking = HoleBacking.CommonZeroPage,
        SharedStoreInsert = SharedStoreInsert.WritableAtOnce,
        PresentPte = PresentPte.ReuseUnseen,
    };

    private static readonly KernelVersion PfnEbusy = MkwriteV3 with { Name = "v4.12+pfn-ebusy", PresentPte = PresentPte.OtherPfnBusy };

    private static readonly KernelVersion PfnWarn = MkwriteV3 with { Name = "v4.12+pfn-warn", PresentPte = PresentPte.OtherPfnWarnsAlways };

    private static readonly KernelVersion V413 = V412 with { Name = "v4.13", NestedZap = NestedZap.Flush };

    private static readonly KernelVersion V414 = V413 with
    {
        Name = "v4.14",
        HoleBacking = HoleBacking.CommonZeroPage,
        SharedStoreInsert = SharedStoreInsert.WritableAtOnce,
        PresentPte = PresentPte.OtherPfnWarnsOnMkwrite,
        Ext4CowPrelude = CowPrelude.AsRead,
    };

    private static readonly KernelVersion V420 = V414 with
    {
        Name = "v4.20",
        PresentPte = PresentPte.OtherPfnWarnsUnlessZero,
        EntryStore = EntryStore.XArray,
        FunctionNames = FunctionNames.XArrayEra,
    };

    private static readonly KernelVersion V612 = V420 with
    {
        Name = "v6.12",
        MatchUpdate = MatchUpdate.PtepSetAccessFlags,
        CowCopyFailure = CowCopyFailure.RetryUnderPtl,
        WakeAfterInvalidate = WakeMode.All,
        UnmapLock = UnmapLock.Read,
        FaultLock = FaultLock.InvalidateLock,
        XfsCowPrelude = CowPrelude.AsRead,
        FunctionNames = FunctionNames.IterEra,
    };

    private static readonly KernelVersion V615 = V612 with
    {
        Name = "v6.15",
        PresentPte = PresentPte.OtherPfnFaults,
        DaxPages = DaxPages.Refcounted,
        FunctionNames = FunctionNames.RefcountedEra,
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KernelVersion> All { get; } = [V412, MkwriteV3, PfnEbusy, PfnWarn, V413, V414, V420, V612, V615];

    /// <summary>The version of that name, or null.</summary>
    public static KernelVersion? Find(string name) =>
        All.FirstOrDefault(v => string.Equals(v.Name, name, StringComparison.OrdinalIgnoreCase));
}
