using Faultline.Kernel.Programs;
using Faultline.Litmus.Compile;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Tests;

/// <summary>What several tests need.</summary>
internal static class Samples
{
    public const string Generic437 =
        """
        DAX generic-437
        "A private store races a private load: insert_pfn() finds the anonymous COW page"
        Fstests=generic/437
        {
          file f = [block 7];                 (* page contents: hole | unwritten | block V | block V,V *)
          file g = [hole * 4, block 1, unwritten];
          map A = mmap(f, private, rw);       (* shared|private, rw|r *)
        }
         P0         | P1         ;
         A[0] = 1   | r0 = A[0]  ;
        exists (warn(insert_pfn) /\ 1:r0=1)
        """;

    /// <summary>Every construct of the language once.</summary>
    public const string Everything =
        """
        (* nested (* comments *)
           span lines *)
        DAX everything+at.once
        "All constructs"
        Fstests=generic/437
        Link = https://example.org/?a=b;c
        {
          file f = [block 7, block 1,2 * 2, block -3,4, hole, unwritten * 2, block 0x10];
          file g = [hole * 4];
          map A = mmap(f, private, rw);
          map B = mmap(f, shared, r);
          map C = mmap(g, shared, rw);
        }
         P0                     | P1                    | P2                 ;
         A[0] = 1               | r0 = B[0]             |                    ;
         A[1].1 = r2            | r1 = B[7].1           | repeat 2 {         ;
         write(f[0].1, r2)      | repeat 3 as i {       | madvise(A, DONTNEED) ;
         write(f[1], -5)        | repeat 2 as j {       | }                  ;
         r4, r5 = read(f[1])    | C[i] = 9              | madvise(A[7], DONTNEED) ;
         r7 = read(f[2])        | r3 = A[j].1           | r9 = read(g[3].0)  ;
                                | }                     |                    ;
                                | }                     |                    ;
        locations [1:r1; f[1].1; pte(A[0]); faults(P2);]
        ~exists ((warn(insert_pfn) \/ bug(dax.entry) \/ sigbus(P1)) /\ not (hang) /\ ~reach(insert_pfn.other_pfn)
          /\ P1:r0!=1 /\ A[0]=1 /\ A[0].1=-1 /\ f[0]=1 /\ f[0].1=1 /\ pte(A[0])!=zero /\ writable(A[0]) /\ dirty(A[0])
          /\ entry(f[0])=block /\ dirty(f[0]) /\ faults(P0)=2 /\ true)
        """;

    /// <summary>Every operation, and what a declaration can have besides.</summary>
    public const string Operations =
        """
        DAX operations
        "Every operation"
        {
          file f = [block 7, unwritten, hole * 3, beyond * 2];
          file g = [hole * 2, beyond];
          map A = mmap(f, shared, rw, sync, huge);
          map B = mmap(f, private, r, misaligned) in Q;
          map C = mmap(g, shared, r, sync) in main;
          map D = mmap(g[1..2], shared, r);
          map E = mmap(f[3], private, rw, huge) in Q;
          process Q = P1;
        }
         P0                        | P1                | P2                          ;
         fork(P2)                  | B[6].1 = 3        | r0 = A[5]                   ;
         read_direct(A[0], 5)      | mprotect(B, rw)   | repeat 2 as i {             ;
         read_direct(A[1].1, -5)   | mprotect(B, r)    | fallocate(f[i], ZERO_RANGE) ;
         fsync(f)                  | munmap(B)         | reflink(f[i], g[i])         ;
         fdatasync(g)              | drop_caches       | }                           ;
         msync(A)                  | write(f[6], 4)    | madvise(A[0], HWPOISON)     ;
         ftruncate(f, 0)           |                   | fallocate(f[0..3])          ;
         clwb(A[4])                |                   | fallocate(f[0..3], PUNCH_HOLE) ;
         clwb(A[4].1)              |                   | fallocate(f[3], COLLAPSE_RANGE) ;
         sfence                    |                   | fallocate(f[5..6], INSERT_RANGE) ;
         crash                     |                   | reflink(f[0..1], f[2..3])   ;
        locations [size(g); extent(f[6]);]
        exists (durable(f[0])=7 /\ durable(f[1].1)!=0 /\ durable_size(f)=5 /\ size(f)=6 /\ pmd(A[0])=table /\ pmd(A[4])!=block
          /\ sigsegv(P1) /\ crashed /\ extent(f[1])=unwritten /\ huge(f[0]) /\ B[6]=3 /\ true)
        """;

    public const string ReadOnlyMount =
        "DAX ro { file f = [block 7, beyond]; map A = mmap(f, private, rw); mount ro; }\nP0 ;\nA[0] = 1 ;\nread_direct(A[0], 2) ;\nexists true\n";

    public static LitmusTest Parse(string text)
    {
        ParseResult result = LitmusParser.Parse("t.litmus", text);
        Assert.Equal([], result.Diagnostics.Select(d => d.ToString()));
        Assert.True(result.IsSuccess);
        return result.Test;
    }

    public static UserProgram Compile(string text, CompileLimits? limits = null)
    {
        CompileResult result = Compiler.Compile(Parse(text), limits ?? CompileLimits.Search);
        Assert.Equal([], result.Diagnostics.Select(d => d.ToString()));
        Assert.True(result.IsSuccess);
        return result.Program;
    }

    /// <summary>A test with one thread, one file <c>f</c> of two pages, mappings A (rw) and B (r), and these cells.</summary>
    public static string OneThread(params string[] cells) =>
        "DAX t\n{ file f = [block 7, hole]; map A = mmap(f, private, rw); map B = mmap(f, shared, r); }\nP0 ;\n"
        + string.Concat(cells.Select(c => $"{c} ;\n")) + "exists true\n";
}
