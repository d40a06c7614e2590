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

/// <summary>One end of a run, as a condition may ask about it. Indices are those of the compiled program.</summary>
public interface IOutcome
{
    /// <summary>The value of a register; <paramref name="slot"/> counts the thread's registers by rising number.</summary>
    int Register(int thread, int slot);

    /// <summary>The word that a load through the mapping would see: in the mapped page, or in the file if no PTE is present.</summary>
    int MapWord(int map, int page, int word);

    /// <summary>A word of a file.</summary>
    int FileWord(int file, int page, int word);

    /// <summary>What the PTE of a page of a mapping points to.</summary>
    PteKind Pte(int map, int page);

    /// <summary>Whether the PTE allows writes.</summary>
    bool PteWritable(int map, int page);

    /// <summary>Whether the PTE is dirty.</summary>
    bool PteDirty(int map, int page);

    /// <summary>The file's mapping entry.</summary>
    EntryKind Entry(int file, int page);

    /// <summary>Whether the file's mapping entry has the DIRTY mark.</summary>
    bool EntryDirty(int file, int page);

    /// <summary>How many page faults the thread took.</summary>
    int Faults(int thread);

    /// <summary>Whether a WARN in <paramref name="function"/> fired.</summary>
    bool Warned(string function);

    /// <summary>Whether the BUG <paramref name="name"/> was hit.</summary>
    bool Bugged(string name);

    /// <summary>Whether the thread got SIGBUS.</summary>
    bool Sigbus(int thread);

    /// <summary>Whether no end of the program can be reached from here.</summary>
    bool Hang { get; }

    /// <summary>Whether a marked branch of a modelled function was taken.</summary>
    bool Reached(string mark);
}
