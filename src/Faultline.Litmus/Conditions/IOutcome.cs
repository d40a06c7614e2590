namespace Faultline.Litmus.Conditions;

/// <summary>What a PTE points to.</summary>
public enum PteKind
{
    /// <summary>No PTE is present.</summary>
    None,

    /// <summary>The anonymous zero page or DAX's 4 KiB zero page.</summary>
    Zero,

    /// <summary>A zero page of the page cache that stands for a hole.</summary>
    Hole,

    /// <summary>A block of the device.</summary>
    Block,

    /// <summary>An anonymous page.</summary>
    Anon,
}

/// <summary>What the page cache tree (i_pages) holds at an index of a file.</summary>
public enum EntryKind
{
    /// <summary>No entry.</summary>
    None,

    /// <summary>An empty DAX entry: locked by someone, nothing behind it yet.</summary>
    Empty,

    /// <summary>A zero page entry.</summary>
    Zero,

    /// <summary>A page of the page cache.</summary>
    Page,

    /// <summary>A DAX entry of a block.</summary>
    Block,
}

/// <summary>What a PMD holds.</summary>
public enum PmdKind
{
    /// <summary>Nothing is mapped in its range.</summary>
    None,

    /// <summary>A page table.</summary>
    Table,

    /// <summary>The huge zero page.</summary>
    Zero,

    /// <summary>A huge page of the device's blocks.</summary>
    Block,
}

/// <summary>What the filesystem's block map says of a page.</summary>
public enum ExtentKind
{
    /// <summary>No block.</summary>
    Hole,

    /// <summary>A block that reads as zeroes until it is written.</summary>
    Unwritten,

    /// <summary>A block with contents.</summary>
    Block,
}

/// <summary>One end of a run, as a condition may ask about it. Indices are those of the compiled program.</summary>
public interface IOutcome
{
    /// <summary>The value of a register; <paramref name="slot"/> counts the thread's registers by rising number.</summary>
    int Register(int thread, int slot);

    /// <summary>The word that a load through the mapping would see: in the mapped page, or in the file if no PTE is present.</summary>
    int MapWord(int map, int page, int word);

    /// <summary>A word of a file.</summary>
    int FileWord(int file, int page, int word);

    /// <summary>The size of a file in pages.</summary>
    int Size(int file);

    /// <summary>A word of a file as it is found after the crash.</summary>
    int Durable(int file, int page, int word);

    /// <summary>The size of a file in pages as it is found after the crash.</summary>
    int DurableSize(int file);

    /// <summary>What the PTE of a page of a mapping points to; under a huge PMD, what the PMD maps there: zero or block.</summary>
    PteKind Pte(int map, int page);

    /// <summary>Whether the PTE allows writes.</summary>
    bool PteWritable(int map, int page);

    /// <summary>Whether the PTE is dirty.</summary>
    bool PteDirty(int map, int page);

    /// <summary>What the PMD of the range that a page of a mapping lies in holds.</summary>
    PmdKind Pmd(int map, int page);

    /// <summary>The file's mapping entry.</summary>
    EntryKind Entry(int file, int page);

    /// <summary>Whether the file's mapping entry has the DIRTY mark.</summary>
    bool EntryDirty(int file, int page);

    /// <summary>Whether the file's mapping entry is that of a huge page.</summary>
    bool EntryHuge(int file, int page);

    /// <summary>What the block map says of a page of a file.</summary>
    ExtentKind Extent(int file, int page);

    /// <summary>How many page faults the thread took.</summary>
    int Faults(int thread);

    /// <summary>Whether a WARN in <paramref name="function"/> fired.</summary>
    bool Warned(string function);

    /// <summary>Whether the BUG <paramref name="name"/> was hit.</summary>
    bool Bugged(string name);

    /// <summary>Whether the thread got SIGBUS.</summary>
    bool Sigbus(int thread);

    /// <summary>Whether the thread got SIGSEGV.</summary>
    bool Sigsegv(int thread);

    /// <summary>Whether the power failed.</summary>
    bool Crashed { get; }

    /// <summary>Whether no end of the program can be reached from here.</summary>
    bool Hang { get; }

    /// <summary>Whether a marked branch of a modelled function was taken.</summary>
    bool Reached(string mark);
}
