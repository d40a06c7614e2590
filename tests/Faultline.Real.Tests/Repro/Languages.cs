using Faultline.Litmus.Syntax;

namespace Faultline.Real.Tests.Repro;

/// <summary>Programs that together use every operation, mapping and observable of the language.</summary>
public static class Languages
{
    private static readonly Dictionary<string, string> Texts = new()
    {
        ["accesses"] = """
            DAX accesses
            "a title with */, %s, ??/ and a \ at its end\"
            {
              file f = [block 1,2, hole, unwritten, beyond];
              file int = [hole];
              map A = mmap(f, shared, rw);
              map B = mmap(f[1..2], private, r);
            }
             P0                     | P1                  | P2               ;
             r0 = A[0].1            | write(f[0], r3)     | clwb(A[0].1)     ;
             A[0] = r0              | write(f[1].1, 7)    | sfence           ;
             repeat 3 as i {        | r3, r4 = read(f[0]) | madvise(B[1], DONTNEED) ;
             r1 = A[i]              | r5 = read(f[3].1)   | madvise(A, DONTNEED) ;
             }                      | read_direct(A[1], 5) | drop_caches     ;
             write(int[0], 4)       | read_direct(B[1].1, 6) | r9 = B[2]     ;
            locations [2:r9; size(f); int[0]; A[3].1; B[1]; pte(A[0]); faults(P0)]
            exists ((0:r0=2 \/ not (1:r3=1 /\ A[0]=1)) /\ (sigbus(P0) \/ sigsegv(P1)) /\ warn(insert_pfn))
            """,
        ["layout"] = """
            DAX layout
            {
              file f = [block 1, block 2, hole, beyond];
              file g = [unwritten, block 3];
              map A = mmap(f, shared, rw, sync);
            }
             P0                             | P1                        ;
             fallocate(f[0..1])             | fsync(f)                  ;
             fallocate(f[0], PUNCH_HOLE)    | fdatasync(g)              ;
             fallocate(f[1], ZERO_RANGE)    | msync(A)                  ;
             fallocate(f[0], COLLAPSE_RANGE) | reflink(f[0], g[0])      ;
             fallocate(f[0], INSERT_RANGE)  | reflink(f[0..1], f[2..3]) ;
             ftruncate(f, 2)                | repeat 2 {                ;
                                            | ftruncate(f, 4)           ;
                                            | }                         ;
            forall (not hang)
            """,
        ["huge"] = """
            DAX huge
            {
              file f = [block 1,2, block 2 * 3, hole * 2, unwritten, beyond * 2];
              map A = mmap(f, shared, rw, huge);
              map B = mmap(f, private, rw, misaligned);
              map C = mmap(f, shared, r);
            }
             P0                | P1                          | P2                          ;
             repeat 6 as i {   | fallocate(f[2..3], PUNCH_HOLE) | r0 = C[3]                ;
             r0 = A[i].1       | write(f[2], 9)              | fallocate(f[0..3], COLLAPSE_RANGE) ;
             write(f[i], r0)   | read_direct(A[2], 3)        | ftruncate(f, 3)             ;
             madvise(B[i], DONTNEED) | r0, r1 = read(f[2])   | fallocate(f[0], INSERT_RANGE) ;
             }                 |                             |                             ;
            ~exists (0:r0=1 /\ size(f)=3 /\ A[3]=2 /\ pmd(A[0])=block)
            """,
        ["processes"] = """
            DAX processes
            {
              file f = [block 7, hole];
              map A = mmap(f, private, rw);
              map B = mmap(f, shared, r) in Q;
              process Q = P2, P3;
            }
             P0           | P1         | P2           | P3        | P4        | P5        ;
             A[0] = 1     | r0 = A[0]  | mprotect(B, rw) | B[1] = 3 | r0 = B[0] | A[1] = 5 ;
             fork(P1)     | fork(P5)   | fork(P4)     | munmap(B) | msync(B)  | r1 = A[0] ;
             r0 = A[0]    |            | r1 = B[1]    |           |           |           ;
            exists (1:r0=1 /\ A[0]=1 /\ B[1]=3 /\ 4:r0=7)
            """,
        ["failures"] = """
            DAX failures
            {
              file f = [block 7];
              map A = mmap(f, private, rw);
              mount ro;
            }
             P0                    | P1                   ;
             madvise(A[0], HWPOISON) | read_direct(A[0], 5) ;
             r0 = A[0]             | crash                ;
            exists (sigbus(P0) /\ durable(f[0])=7 /\ crashed)
            """,
        ["nothing"] = """
            DAX nothing
            {
              file f = [beyond];
            }
             P0 ;
             sfence ;
            exists (durable_size(f)=0 \/ hang)
            """,
    };

    public static TheoryData<string> All => [.. Texts.Keys];

    public static LitmusTest Test(string name) => Corpus.Parse(name == "nothing" ? Texts[name].Replace("sfence", "crash", StringComparison.Ordinal) : Texts[name]);
}
