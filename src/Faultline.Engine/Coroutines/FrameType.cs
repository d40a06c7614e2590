using System.IO.Hashing;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Faultline.Engine.Coroutines;

/// <summary>The kinds of frames that can lie in a state vector: how each is resumed, and which method it belongs to.</summary>
public static unsafe class FrameTypes
{
    internal const int Capacity = 4096;
    private static readonly Lock Gate = new();
    private static readonly Type[] Types = new Type[Capacity];
    private static readonly Type[] Holders = new Type[Capacity]; // whose field Id is the id: the same type of frame may have two, begun and waiting
    private static readonly ulong[] Contents = new ulong[Capacity];
    private static int count;

    internal static readonly delegate*<byte*, void>[] Resume = new delegate*<byte*, void>[Capacity];

    /// <summary>The async method whose frames carry this id.</summary>
    public static MethodInfo MethodOf(int id)
    {
        Type frame = Types[id];
        Type definition = frame.IsGenericType ? frame.GetGenericTypeDefinition() : frame;
        const BindingFlags all = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        return frame.DeclaringType!.GetMethods(all)
            .First(m => m.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType == definition);
    }

    /// <summary>A fingerprint of the name of the method whose frames carry this id.</summary>
    internal static ulong ContentOf(int id) => Contents[id];

    /// <summary>The frames known in this process, by their ids.</summary>
    internal static IReadOnlyList<string> Names
    {
        get
        {
            lock (Gate)
            {
                return [.. Holders.Take(count).Select(t => t.AssemblyQualifiedName!)];
            }
        }
    }

    /// <summary>Gives a frame the next id, if it has none yet. Returns false when it does not get the id that is wanted.</summary>
    internal static bool Register(string name, int wantedId) =>
        Type.GetType(name)?.GetField("Id")?.GetValue(null) is int id && id == wantedId;

    /// <summary>Refuses a frame that cannot lie in a state vector. Costs nothing for the others.</summary>
    internal static void Check<TFrame>()
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<TFrame>())
        {
            throw Refusal(typeof(TFrame));
        }
    }

    /// <summary>Refuses a result that does not fit where results are kept.</summary>
    internal static void CheckResult<TFrame, T>()
    {
        if (Unsafe.SizeOf<T>() > sizeof(long))
        {
            throw new ModelException($"{typeof(TFrame).DeclaringType}: {typeof(TFrame).Name} returns more than {sizeof(long)} bytes");
        }
    }

    internal static int Register(Type frame, Type holder, delegate*<byte*, void> resume)
    {
        lock (Gate)
        {
            Types[count] = frame;
            Holders[count] = holder;
            Contents[count] = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(frame.FullName.AsSpan()));
            Resume[count] = resume;
            return count++;
        }
    }

    private static ModelException Refusal(Type frame) => new(frame.IsValueType
        ? $"{frame.DeclaringType}: the frame {frame.Name} holds a reference; model coroutines keep unmanaged values only"
        : $"{frame.DeclaringType}: the frame {frame.Name} is a class; compile model code with <Optimize>true</Optimize>");
}

/// <summary>The id of one kind of frame, given at its first use.</summary>
internal static unsafe class FrameType<TFrame>
    where TFrame : IAsyncStateMachine
{
    public static readonly int Id = FrameTypes.Register(typeof(TFrame), typeof(FrameType<TFrame>), &MoveNext);

    private static void MoveNext(byte* frame) => Unsafe.AsRef<TFrame>(frame).MoveNext();
}
