namespace Faultline.Kernel.Values;

/// <summary>What a fault handler returns (<c>vm_fault_t</c>), with the kernel's values.</summary>
[Flags]
public enum VmFault
{
    /// <summary>Done: execute the instruction again.</summary>
    None = 0,

    /// <summary>Out of memory.</summary>
    Oom = 0x1,

    /// <summary>Send SIGBUS.</summary>
    Sigbus = 0x2,

    /// <summary>Counted as a major fault: a block was allocated.</summary>
    Major = 0x4,

    /// <summary>A write fault was resolved (gone since v6.8).</summary>
    Write = 0x8,

    /// <summary>The handler installed the PTE, or somebody else did.</summary>
    NoPage = 0x100,

    /// <summary>Try again under mmap_lock.</summary>
    Retry = 0x400,

    /// <summary>Try again with a smaller page.</summary>
    Fallback = 0x800,

    /// <summary>The handler installed the private copy itself.</summary>
    DoneCow = 0x1000,

    /// <summary>The metadata must be made persistent before the PTE may be inserted (MAP_SYNC).</summary>
    NeedDSync = 0x2000,

    /// <summary>Nothing is mapped at the address, or not for this access.</summary>
    Sigsegv = 0x40,

    /// <summary>Any error.</summary>
    Error = Oom | Sigbus | Sigsegv | Fallback,
}

/// <summary>Error numbers of the modelled functions.</summary>
public static class Errno
{
    /// <summary>Success.</summary>
    public const int Ok = 0;

    /// <summary>Device or resource busy: a PTE was there already.</summary>
    public const int EBusy = -16;

    /// <summary>There is one already.</summary>
    public const int EExist = -17;

    /// <summary>Input/output error.</summary>
    public const int EIo = -5;

    /// <summary>Out of memory: no page table.</summary>
    public const int ENoMem = -12;

    /// <summary>Bad address.</summary>
    public const int EFault = -14;
}

/// <summary>Why a fault is handled (<c>vmf->flags</c>).</summary>
[Flags]
public enum FaultFlags
{
    /// <summary>A load.</summary>
    None = 0,

    /// <summary>A store.</summary>
    Write = 0x1,

    /// <summary>A store to a present, read-only PTE of a shared mapping.</summary>
    MkWrite = 0x2,

    /// <summary>Under the lock of the VMA, not under mmap_lock.</summary>
    VmaLock = 0x1000,
}
