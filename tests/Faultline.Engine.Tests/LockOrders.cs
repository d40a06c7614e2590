using Faultline.Engine.Coroutines;

namespace Faultline.Engine.Tests;

/// <summary>Threads that take two locks one after the other, for models whose first two words are the locks A and B.</summary>
internal static class LockOrders
{
    public static readonly Mutex A = new(0);
    public static readonly Mutex B = new(1);

    public static async Call TakeAThenB()
    {
        await A.Lock();
        await TakeSecond(B);
        A.Unlock();
    }

    public static async Call TakeBThenA()
    {
        await B.Lock();
        await TakeSecond(A);
        B.Unlock();
    }

    public static async Call TakeSecond(Mutex second)
    {
        await second.Lock();
        second.Unlock();
    }
}
