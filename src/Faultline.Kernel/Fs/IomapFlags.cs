namespace Faultline.Kernel.Fs;

/// <summary>Why a filesystem is asked for a block.</summary>
[Flags]
public enum IomapFlags
{
    /// <summary>To read.</summary>
    None = 0,

    /// <summary>IOMAP_WRITE: a block is needed.</summary>
    Write = 1,

    /// <summary>IOMAP_FAULT: for a page fault.</summary>
    Fault = 2,
}
